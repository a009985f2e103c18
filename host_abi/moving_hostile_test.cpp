// Bytes that are no saved transaction, or none that may go on: each gets the error of what is wrong, at its place, and
// nothing else happens. Transactions are changed part by part and written again, cut off, and changed byte by byte.
#include "engine/exec/format.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/testing/moving.hpp"
#include "host_abi/testing/moving_cases.hpp"
#include "host_abi/transaction_state.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>
#include <random>

namespace detent::testing {

namespace {

using F = HostFunction;

Buffer<std::uint8_t> buffer_of(const Bytes& bytes) {
    Buffer<std::uint8_t> made;
    if (!made.copy_from(bytes)) throw std::bad_alloc();
    return made;
}
Buffer<std::uint8_t> buffer_of(std::string_view text) { return buffer_of(bytes_of(text)); }

template <class T>
void push(Buffer<T>& to, T value) {
    if (!to.push_back(std::move(value))) throw std::bad_alloc();
}

/// A saved transaction in parts that can be changed: calls and journal, and the execution.
struct Parts {
    saved::TransactionState calls;
    format::Saved execution;

    [[nodiscard]] ExecutionState& state() { return execution.state; }
    [[nodiscard]] saved::ContractState& contract(std::size_t i) { return calls.contracts[i]; }

    [[nodiscard]] Bytes written() const {
        ArchiveWriter out;
        saved::visit(out, calls);
        if (!calls.contracts.empty()) out.bytes(must(format::write(execution)).span());
        return bytes_of(must(out.finish()).span());
    }
};

saved::TransactionState calls_of(const Bytes& bytes) {
    saved::TransactionState calls;
    ArchiveReader in(bytes);
    saved::visit(in, calls);
    must(in.status());
    return calls;
}

/// A transaction of a world, at the first place where its calls are as is asked for.
class Victim {
  public:
    using Where = std::function<bool(const saved::TransactionState&)>;

    explicit Victim(const Where& where, const TransactionInput& input = World::call_input(address(1), {}, 7)) {
        populate_everything(world_);
        const std::array<BlockHash, 2> hashes{{{99, {}}, {42, Hash{address(4).bytes}}}};
        world_.block.hashes = hashes;
        Transaction transaction =
            must(Transaction::begin(world_.state, world_.block, input, schedule(), profile(), Fuel(), &cache_));
        Fuel seen = Fuel::maximum();
        for (bool is_there = false; !is_there;) {
            must(transaction.refuel(transaction.grant() + Fuel(1)));
            if (must(transaction.run()) != Progress::exhausted) throw std::logic_error("no such place");
            if (transaction.used() == seen) continue;
            seen = transaction.used();
            bytes_ = saved(transaction);
            is_there = where(calls_of(bytes_));
        }
        keep_ = std::make_unique<Transaction>(std::move(transaction));
        world_.block.hashes = {};
    }

    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] Parts parts() const {
        Parts parts{calls_of(bytes_), {}};
        if (keep_->execution() != nullptr) parts.execution = must(format::describe(*keep_->execution(), digest_of));
        return parts;
    }

    [[nodiscard]] Result<Transaction> load(const Bytes& bytes) {
        return Transaction::load(world_.state, bytes, schedule(), profile(), &cache_);
    }

    /// With nothing compiled before.
    [[nodiscard]] Result<Transaction> load_fresh(const Bytes& bytes) {
        return Transaction::load(world_.state, bytes, schedule(), profile());
    }

    [[nodiscard]] bool is_sound(const Bytes& bytes) {
        loaded_ += load(bytes).has_value() ? 1U : 0U;
        return testing::is_sound(world_.state, bytes, &cache_);
    }
    [[nodiscard]] std::uint64_t loaded() const { return loaded_; }

  private:
    World world_;
    CodeCache cache_;
    Bytes bytes_;
    std::unique_ptr<Transaction> keep_;
    std::uint64_t loaded_ = 0;
};

/// The places: which calls are running, the outermost first, by the first byte of their `self`; 0 for a creation.
Victim::Where running(std::vector<std::uint8_t> selves) {
    return [selves](const saved::TransactionState& calls) {
        if (calls.contracts.size() != selves.size()) return false;
        for (std::size_t i = 0; i < selves.size(); ++i) {
            const saved::ContractState& one = calls.contracts[i];
            if (one.is_creation != 0 ? selves[i] != 0 : selves[i] != one.self.bytes[0]) return false;
        }
        return true;
    };
}

/// At its last instructions, where everything has left something.
bool at_end_of_work(const saved::TransactionState& calls) {
    return calls.contracts.size() == 1 && !calls.codes.empty() && calls.contracts[0].events.size() == 8;
}

std::size_t end_of_calls(const Bytes& bytes) {
    saved::TransactionState calls;
    ArchiveReader in(bytes);
    saved::visit(in, calls);
    return in.position();
}

/// A change and the error that it gets.
struct Change {
    const char* what;
    ErrorCode code;
    std::function<void(Parts&)> change;
};

void check_changes(Victim& victim, const std::vector<Change>& changes) {
    REQUIRE(victim.parts().written() == victim.bytes());
    REQUIRE(victim.load(victim.bytes()).has_value());
    for (const Change& one : changes) {
        CAPTURE(one.what);
        Parts parts = victim.parts();
        one.change(parts);
        const Bytes bytes = parts.written();
        const Result<Transaction> loaded = victim.load(bytes);
        REQUIRE(loaded.has_error());
        CHECK(to_text(loaded.error().code) == to_text(one.code));
        CHECK(loaded.error().offset <= bytes.size());
    }
}

saved::ChangeState& account_change(saved::ContractState& contract, std::size_t nth = 0) {
    for (saved::ChangeState& change : contract.changes) {
        if (change.key.empty() && nth-- == 0) return change;
    }
    throw std::logic_error("no such change");
}

saved::ChangeState& storage_change(saved::ContractState& contract) {
    for (saved::ChangeState& change : contract.changes) {
        if (!change.key.empty()) return change;
    }
    throw std::logic_error("no such change");
}

} // namespace

TEST_CASE("SAV-8: what the bytes name is what is there, and another one is refused") {
    Victim victim(running({1, 2}));
    const std::vector<Change> of_victim{
        {"schedule", ErrorCode::wrong_schedule, [](Parts& p) { p.calls.schedule.bytes[31] ^= 1; }},
        {"profile", ErrorCode::wrong_profile, [](Parts& p) { p.calls.profile.bytes[0] ^= 1; }},
        {"state", ErrorCode::wrong_state, [](Parts& p) { p.calls.root.bytes[0] ^= 1; }},
        {"kind", ErrorCode::state_bad_number, [](Parts& p) { p.calls.kind = 2; }},
        {"limit", ErrorCode::state_bad_sum, [](Parts& p) { p.calls.limit = Fuel::kMaximum + 1; }},
        {"schedule of the execution", ErrorCode::wrong_schedule, [](Parts& p) { p.execution.schedule[0] ^= 1; }},
        {"module", ErrorCode::unknown_module, [](Parts& p) { p.execution.modules[0].module[0] ^= 1; }},
        {"host function", ErrorCode::unknown_host_function,
         [](Parts& p) { push(p.state().instances[0].host_functions, std::uint32_t{kHostFunctionCount}); }},
    };
    check_changes(victim, of_victim);
    Bytes bytes = victim.bytes();
    bytes[8] = 2;
    CHECK(victim.load(bytes).error() == Error{ErrorCode::unknown_state_version, 8});
    bytes[7] = 'X';
    CHECK(victim.load(bytes).error() == Error{ErrorCode::not_a_state, 0});
}

TEST_CASE("SAV-4, SAV-5, SAV-6, SAV-7, SAV-8: what says the same in another way is refused") {
    Victim victim(at_end_of_work);
    const auto refused = ErrorCode::state_not_canonical;
    const std::vector<Change> of_victim{
        {"changes in another order", refused,
         [](Parts& p) { std::swap(p.contract(0).changes[0], p.contract(0).changes[1]); }},
        {"a change to the value that was there", refused,
         [](Parts& p) {
             saved::ChangeState same{0, address(1), buffer_of("zz"), 1, buffer_of("stays")};
             push(p.contract(0).changes, std::move(same));
         }},
        {"an entry that is gone and was not there", refused,
         [](Parts& p) { push(p.contract(0).changes, {0, address(1), buffer_of("zzz"), 0, {}}); }},
        {"a value of an entry that is gone", refused,
         [](Parts& p) {
             for (saved::ChangeState& change : p.contract(0).changes) {
                 if (change.is_present == 0) change.value = buffer_of("x");
             }
         }},
        {"present in another way", refused, [](Parts& p) { p.contract(0).changes[0].is_present = 2; }},
        {"re-entry of the innermost", refused, [](Parts& p) { p.contract(0).allows_reentry = 1; }},
        {"transient changes in another order", refused,
         [](Parts& p) { std::swap(p.contract(0).transient[0], p.contract(0).transient[1]); }},
        {"code that nothing needs", refused, [](Parts& p) { push(p.calls.codes, {0, buffer_of(plain().build())}); }},
        {"salt of a call", refused, [](Parts& p) { p.calls.salt = 1; }},
        {"code of a call", refused, [](Parts& p) { p.calls.code = buffer_of("code"); }},
        {"a block hash of another height", refused, [](Parts& p) { p.calls.hashes[0].height = 100; }},
        {"block hashes in another order", refused, [](Parts& p) { std::swap(p.calls.hashes[0], p.calls.hashes[1]); }},
        {"code twice", refused, [](Parts& p) { push(p.calls.codes, {0, buffer_of(child())}); }},
    };
    check_changes(victim, of_victim);
    Victim unpaid([](const saved::TransactionState& calls) { return calls.contracts.empty(); });
    Bytes longer = unpaid.bytes();
    longer.push_back(0);
    CHECK(unpaid.load(longer).error() == Error{ErrorCode::state_unexpected_content, longer.size() - 1});
    const Bytes module = child();
    Victim deployment([](const saved::TransactionState& calls) { return calls.contracts.empty(); },
                      World::deploy_input(module));
    const std::vector<Change> of_deployment{
        {"target of a deployment", refused, [](Parts& p) { p.calls.to.bytes[0] = 1; }},
    };
    check_changes(deployment, of_deployment);
}

TEST_CASE("SAV-9: the outermost call is that of the transaction") {
    Victim victim(running({1, 2}));
    const auto refused = ErrorCode::state_bad_contract;
    const std::vector<Change> of_victim{
        {"self", refused, [](Parts& p) { p.contract(0).self = address(2); }},
        {"caller", refused, [](Parts& p) { p.contract(0).caller = address(2); }},
        {"value", refused, [](Parts& p) { p.contract(0).value = 6; }},
        {"value of the transaction", refused, [](Parts& p) { p.calls.value = 6; }},
        {"static", refused, [](Parts& p) { p.contract(0).is_static = 1; }},
        {"creation", refused, [](Parts& p) { p.contract(0).is_creation = 1; }},
        {"input", refused, [](Parts& p) { p.contract(0).input = buffer_of("more"); }},
        {"code", refused, [](Parts& p) { p.contract(0).code_hash = p.contract(1).code_hash; }},
    };
    check_changes(victim, of_victim);
    const Bytes module = child();
    Victim deployment([](const saved::TransactionState& calls) { return calls.contracts.size() == 2; },
                      World::deploy_input(module, {}, 9, 5));
    const std::vector<Change> of_deployment{
        {"address", refused, [](Parts& p) { p.contract(0).self.bytes[0] ^= 1; }},
        {"salt", refused, [](Parts& p) { ++p.calls.salt; }},
        {"code", refused, [](Parts& p) { p.calls.code = buffer_of(plain().build()); }},
        {"call", refused, [](Parts& p) { p.contract(0).is_creation = 0; }},
    };
    check_changes(deployment, of_deployment);
}

TEST_CASE("SAV-9: an inner call is one that the call around it could make") {
    const auto refused = ErrorCode::state_bad_contract;
    Victim called(running({1, 2}));
    const std::vector<Change> of_called{
        {"self without code", refused, [](Parts& p) { p.contract(1).self = address(9); }},
        {"self with other code", refused, [](Parts& p) { p.contract(1).self = address(3); }},
        {"self that is active", refused, [](Parts& p) { p.contract(1).self = address(1); }},
        {"caller", refused, [](Parts& p) { p.contract(1).caller = address(3); }},
        {"creation where code is", refused, [](Parts& p) { p.contract(1).is_creation = 1; }},
        {"return data around it", refused, [](Parts& p) { p.contract(0).return_data = buffer_of("r"); }},
        {"another code", refused, [](Parts& p) { p.contract(1).code_hash.bytes[0] ^= 1; }},
    };
    check_changes(called, of_called);
    Victim delegated(running({1, 1, 2}));
    REQUIRE(delegated.parts().contract(1).code_hash != delegated.parts().contract(0).code_hash);
    const std::vector<Change> of_delegated{
        {"self", refused, [](Parts& p) { p.contract(1).self = address(3); }},
        {"caller", refused, [](Parts& p) { p.contract(1).caller = address(1); }},
        {"value", refused, [](Parts& p) { ++p.contract(1).value; }},
        {"code that is not there", refused, [](Parts& p) { p.contract(1).code_hash.bytes[0] ^= 1; }},
    };
    check_changes(delegated, of_delegated);
    Victim reentrant([](const saved::TransactionState& calls) {
        return calls.contracts.size() == 2 && calls.contracts[0].allows_reentry != 0;
    });
    const std::vector<Change> of_reentrant{
        {"re-entry that is denied", refused, [](Parts& p) { p.contract(0).allows_reentry = 0; }},
    };
    check_changes(reentrant, of_reentrant);
    Victim created(running({1, 0, 2}));
    const std::vector<Change> of_created{
        {"creator that allows re-entry", refused, [](Parts& p) { p.contract(0).allows_reentry = 1; }},
        {"static creation", refused, [](Parts& p) { p.contract(1).is_static = 1; }},
        {"where code is", refused, [](Parts& p) { p.contract(1).self = address(3); }},
        {"creator", refused, [](Parts& p) { p.contract(1).caller = address(3); }},
        {"code that it does not give", ErrorCode::state_bad_change,
         [](Parts& p) { p.contract(1).code_hash = p.contract(0).code_hash; }},
        {"an address that gets no code", ErrorCode::state_bad_change,
         [](Parts& p) { p.contract(1).self.bytes[0] ^= 1; }},
    };
    check_changes(created, of_created);
}

TEST_CASE("SAV-9, SAV-11: a static call makes static ones, and changes nothing but by its value") {
    Victim victim(running({1, 4, 5}));
    REQUIRE(victim.parts().contract(1).value == 3);
    const std::vector<Change> of_victim{
        {"an inner call that is not static", ErrorCode::state_bad_contract,
         [](Parts& p) { p.contract(2).is_static = 0; }},
        {"an inner call with a value", ErrorCode::state_bad_contract, [](Parts& p) { p.contract(2).value = 1; }},
        {"another value", ErrorCode::state_bad_change, [](Parts& p) { p.contract(1).value = 4; }},
        {"a value that was not there", ErrorCode::state_bad_sum, [](Parts& p) { p.contract(1).value = 1000; }},
        {"no transfer", ErrorCode::state_not_canonical, [](Parts& p) { p.contract(1).changes.truncate(0); }},
        {"a write", ErrorCode::state_bad_change,
         [](Parts& p) { push(p.contract(1).changes, {0, address(4), buffer_of("k"), 1, {}}); }},
        {"a transient write", ErrorCode::state_bad_change,
         [](Parts& p) { push(p.contract(2).transient, {0, address(5), buffer_of("k"), 1, buffer_of("v")}); }},
        {"an event", ErrorCode::state_bad_change,
         [](Parts& p) { push(p.contract(2).events, {0, {address(5), {}, {}}}); }},
        {"static where it wrote", ErrorCode::state_bad_contract, [](Parts& p) { p.contract(0).is_static = 1; }},
    };
    check_changes(victim, of_victim);
    Victim writing([](const saved::TransactionState& calls) {
        return calls.contracts.size() == 2 && !calls.contracts[1].events.empty();
    });
    const std::vector<Change> of_writing{
        {"static where it wrote", ErrorCode::state_bad_change, [](Parts& p) { p.contract(1).is_static = 1; }},
    };
    check_changes(writing, of_writing);
}

TEST_CASE("SAV-9: calls are no deeper than contracts can call") {
    Victim victim(running({1, 2}));
    Parts parts = victim.parts();
    while (parts.calls.contracts.size() <= Contracts::kMaximumDepth + 1) {
        // Delegated to itself, without end.
        saved::ContractState deeper;
        deeper.code_hash = parts.contract(1).code_hash;
        deeper.self = parts.contract(1).self;
        deeper.caller = parts.contract(1).caller;
        deeper.value = parts.contract(1).value;
        push(parts.calls.contracts, std::move(deeper));
    }
    const Bytes bytes = parts.written();
    const std::uint64_t last = calls_of(bytes).contracts[Contracts::kMaximumDepth + 1].offset;
    CHECK(victim.load(bytes).error() == Error{ErrorCode::state_bad_contract, last});
    parts.calls.contracts.pop_back();
    // As deep as it may be; but the execution is not.
    CHECK(victim.load(parts.written()).error() == Error{ErrorCode::state_bad_contract, last});
}

TEST_CASE("SAV-10: amounts add up") {
    const auto refused = ErrorCode::state_bad_sum;
    Victim victim(running({1, 0, 2}));
    const auto add = [](saved::ChangeState& change, std::uint8_t amount) {
        change.value[0] = static_cast<std::uint8_t>(change.value[0] + amount);
    };
    const std::vector<Change> of_victim{
        {"a limit that is not that of the execution", refused, [](Parts& p) { ++p.calls.limit; }},
        {"a limit below the price", refused, [](Parts& p) { p.calls.limit = 1; }},
        {"a value that was not there", refused, [](Parts& p) { p.contract(2).value = 1'000'000; }},
        {"money that is made", refused, [&](Parts& p) { add(account_change(p.contract(0)), 1); }},
        {"money that is lost", refused, [&](Parts& p) { add(account_change(p.contract(1)), 255); }},
        {"a limit that rises inside", refused, [](Parts& p) { p.state().entries[2].limit += 1'000'000'000; }},
        {"fuel used beyond the limit", refused, [](Parts& p) { p.state().used = Fuel::kMaximum; }},
    };
    check_changes(victim, of_victim);
}

TEST_CASE("SAV-6, SAV-11: a change is one that contracts could make") {
    const auto refused = ErrorCode::state_bad_change;
    Victim victim(at_end_of_work);
    const Address origin = address(0xEE);
    const std::vector<Change> of_victim{
        {"a long key", refused, [](Parts& p) { storage_change(p.contract(0)).key = buffer_of(Bytes(257)); }},
        {"a long value", refused, [](Parts& p) { storage_change(p.contract(0)).value = buffer_of(Bytes(65537)); }},
        {"a long transient key", refused, [](Parts& p) { p.contract(0).transient[0].key = buffer_of(Bytes(257)); }},
        {"a long transient value", refused,
         [](Parts& p) { p.contract(0).transient[0].value = buffer_of(Bytes(65537)); }},
        {"an empty transient key", refused, [](Parts& p) { p.contract(0).transient[0].key.truncate(0); }},
        {"an empty transient value", refused, [](Parts& p) { p.contract(0).transient[0].value.truncate(0); }},
        {"a short account", refused, [](Parts& p) { account_change(p.contract(0)).value.pop_back(); }},
        {"an empty account", refused, [](Parts& p) { account_change(p.contract(0)).value = buffer_of(Bytes(40)); }},
        {"code that goes", refused,
         [](Parts& p) {
             for (std::size_t i = 8; i < 40; ++i)
                 account_change(p.contract(0), 1).value[i] = 0;
         }},
        {"other code", refused, [](Parts& p) { account_change(p.contract(0), 1).value[8] ^= 1; }},
        {"an account that goes with its code", refused,
         [](Parts& p) {
             account_change(p.contract(0), 1).is_present = 0;
             account_change(p.contract(0), 1).value.truncate(0);
         }},
        {"code that is nowhere", ErrorCode::unknown_module, [](Parts& p) { p.calls.codes.truncate(0); }},
        {"storage of who has no code", refused,
         [&](Parts& p) { push(p.contract(0).changes, {0, origin, buffer_of("k"), 1, {}}); }},
        {"transient storage of who has no code", refused,
         [&](Parts& p) { push(p.contract(0).transient, {0, origin, buffer_of("k"), 1, buffer_of("v")}); }},
        {"an event of who has no code", refused, [&](Parts& p) { push(p.contract(0).events, {0, {origin, {}, {}}}); }},
        {"a long topic", refused, [](Parts& p) { p.contract(0).events[0].event.topic = buffer_of(Bytes(65)); }},
        {"long data", refused, [](Parts& p) { p.contract(0).events[0].event.data = buffer_of(Bytes(65537)); }},
        {"code that is none", ErrorCode::magic_not_detected,
         [](Parts& p) { push(p.calls.codes, {0, buffer_of("no")}); }},
        {"code that does not link", ErrorCode::unknown_import,
         [](Parts& p) {
             ModuleBuilder b;
             push(p.calls.codes, {0, buffer_of(b.build())});
         }},
    };
    check_changes(victim, of_victim);
}

TEST_CASE("SAV-12: entries are those of the calls, as `call` and `create` enter them") {
    const auto refused = ErrorCode::state_bad_contract;
    Victim victim(running({1, 0, 2}));
    REQUIRE(victim.parts().state().entries[1].token == 300);
    const auto place = [](F function) { return static_cast<std::uint32_t>(function); };
    const std::vector<Change> of_victim{
        {"an address beyond memory", refused, [](Parts& p) { p.state().entries[1].token = 65536 - 31; }},
        {"an address far beyond", refused, [](Parts& p) { p.state().entries[1].token = ~std::uint64_t{0}; }},
        {"an address of a call", refused, [](Parts& p) { p.state().entries[2].token = 1; }},
        {"an address of the outermost", refused, [](Parts& p) { p.state().entries[0].token = 1; }},
        {"no allowance", refused,
         [](Parts& p) {
             p.state().entries[2].limit = p.state().entries[1].limit;
             p.state().entries[2].has_allowance = 0;
         }},
        {"an instance that stays", refused, [](Parts& p) { p.state().entries[0].releases_instance = 0; }},
        {"another host function", refused,
         [&](Parts& p) { p.state().entries[2].host_function = Ref::of(kHostFunctionKind, place(F::create)).word(); }},
        {"another caller", refused, [](Parts& p) { p.state().entries[2].caller = 1; }},
        {"no caller", refused, [](Parts& p) { p.state().entries[2].caller = 0; }},
        {"another export", refused, [](Parts& p) { p.state().entries[1].new_function -= 1; }},
        {"a function that is not the one imported", refused,
         [&](Parts& p) {
             Buffer<std::uint32_t>& imports = p.state().instances[1].imports;
             std::swap(imports[place(F::storage_read)], imports[place(F::transient_read)]);
         }},
        {"host functions in another order", refused,
         [&](Parts& p) {
             Buffer<std::uint32_t>& added = p.state().instances[0].host_functions;
             std::swap(added[place(F::storage_read)], added[place(F::transient_read)]);
         }},
        {"a host function more", ErrorCode::state_bad_entry,
         [&](Parts& p) { push(p.state().instances[0].host_functions, place(F::call)); }},
        {"a reference that is held", refused, [](Parts& p) { push(p.state().held, std::uint64_t{0}); }},
        {"an entry less", refused,
         [](Parts& p) {
             p.calls.contracts.pop_back();
             p.contract(1).allows_reentry = 0;
         }},
    };
    check_changes(victim, of_victim);
}

TEST_CASE("SAV-12: what waits to be instantiated, and what stands behind everything, is of calls too") {
    const auto refused = ErrorCode::state_bad_contract;
    const auto place = [](F function) { return static_cast<std::uint32_t>(function); };
    Victim made(at_end_of_work);
    const std::vector<Change> of_made{
        {"a host function behind them", refused, [&](Parts& p) { push(p.state().host_functions, place(F::call)); }},
    };
    check_changes(made, of_made);
    // Two instances of one code.
    Victim twice([](const saved::TransactionState& calls) {
        return calls.contracts.size() == 2 && calls.contracts[0].allows_reentry != 0 &&
               !calls.contracts[1].events.empty();
    });
    REQUIRE(twice.parts().state().frames.size() == 2);
    const std::vector<Change> of_twice{
        {"a frame of the instance around", refused, [](Parts& p) { p.state().frames[1].instance = 0; }},
    };
    check_changes(twice, of_twice);
    // A call that is still to be instantiated, and a creation.
    Victim waits([](const saved::TransactionState& calls) { return calls.contracts.size() == 2; });
    REQUIRE(waits.parts().state().entries[1].module != 0);
    const std::vector<Change> of_waits{
        {"activation of a call", refused, [](Parts& p) { p.state().entries[1].prelude = 1; }},
        {"another link", refused,
         [&](Parts& p) {
             Buffer<std::uint32_t>& imports = p.state().entries[1].imports;
             std::swap(imports[place(F::storage_read)], imports[place(F::transient_read)]);
         }},
        {"no module", refused,
         [](Parts& p) {
             p.state().entries[1].module = 0;
             p.state().entries[1].imports.truncate(0);
             p.execution.modules.pop_back();
             p.state().entries[1].new_function = 0;
         }},
        {"code of another call", refused,
         [](Parts& p) {
             p.state().entries[1].module = 1;
             p.execution.modules.pop_back();
         }},
    };
    check_changes(waits, of_waits);
    Victim creates(running({1, 0}));
    REQUIRE(creates.parts().state().entries[1].prelude != 0);
    const std::vector<Change> of_creates{
        {"activation that is not paid", refused, [](Parts& p) { p.state().entries[1].prelude = 0; }},
    };
    check_changes(creates, of_creates);
}

TEST_CASE("SAV-8: bytes that are cut off anywhere are refused, and so is what stands behind them") {
    for (const auto& where : {running({1, 0, 2}), Victim::Where(at_end_of_work)}) {
        Victim victim(where);
        const Bytes& bytes = victim.bytes();
        // Behind the calls the execution's own test cuts everywhere (STA-20).
        const std::size_t calls = end_of_calls(bytes);
        for (std::size_t size = 0; size < bytes.size(); size += size < calls ? 1 : 61) {
            const Result<Transaction> loaded =
                victim.load({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
            REQUIRE(loaded.has_error());
            REQUIRE(kind_of(loaded.error().code) != ErrorKind::fault);
            REQUIRE(loaded.error().offset <= size);
        }
        Bytes longer = bytes;
        longer.push_back(0);
        CHECK(victim.load(longer).error().code == ErrorCode::state_unexpected_content);
    }
}

TEST_CASE("SAV-8: where there is no memory, saving and loading are Faults and nothing else") {
    Victim victim(running({1, 0, 2}));
    std::uint64_t faults = 0;
    for (std::uint64_t n = 1;; ++n) {
        allocation_probe() = {0, n};
        Result<Transaction> loaded = victim.load_fresh(victim.bytes());
        const Status again = loaded.has_error() ? Status(loaded.error()) : status_of(loaded.assume_value().save());
        const bool reached = allocation_probe().allocations >= n;
        allocation_probe() = {};
        if (!reached) break;
        if (again.has_value()) continue;
        ++faults;
        REQUIRE(again.error() == kOutOfMemory);
    }
    CHECK(faults > 200);
}

TEST_CASE("SAV-8, SAV-13: whatever byte is changed, it is refused, or loads and goes on by both tiers alike") {
    std::mt19937_64 random(11);
    std::uint64_t loaded = 0;
    for (const auto& where : {running({1, 1, 2}), running({1, 4, 5}), running({1, 6, 0})}) {
        Victim victim(where);
        // Zeros of memory are many and alike; the others have their turn in the execution's own test.
        const std::size_t calls = end_of_calls(victim.bytes());
        for (std::size_t i = 0; i < victim.bytes().size(); i += i < calls ? 1 : 1 + random() % 40) {
            Bytes bytes = victim.bytes();
            bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1U << (random() % 8)));
            REQUIRE(victim.is_sound(bytes));
        }
        loaded += victim.loaded();
    }
    CHECK(loaded > 100);
}

} // namespace detent::testing
