// Bytes that are no saved execution, or none that may go on: each gets the error of what is wrong, at its place, and
// nothing else happens. States are changed part by part and written again, cut off at every byte, and flipped at
// random.
#include "engine/exec/format.hpp"
#include "engine/exec/machine.hpp"
#include "engine/testing/case.hpp"
#include "engine/testing/saved_cases.hpp"
#include "engine/testing/saved_soundness.hpp"
#include "engine/testing/saving.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

using format::Saved;

/// An execution of the module of all that waits, begun with its instance.
class Victim {
  public:
    Victim() : code_(compiled(module_of_all(), full_profile())), surroundings_({code_}, offers()) {}

    [[nodiscard]] Execution& execution() { return begun().execution(); }
    [[nodiscard]] Saved described() { return must(format::describe(execution(), test_digest)); }
    [[nodiscard]] Bytes bytes() { return saved(execution()); }
    [[nodiscard]] TestSurroundings& surroundings() { return surroundings_; }
    [[nodiscard]] const Code& code() const { return *code_; }

    static Bytes written(const Saved& saved) {
        const Buffer<std::uint8_t> bytes = must(format::write(saved));
        return {bytes.begin(), bytes.end()};
    }

    /// Why a state that `change` has changed does not load; nothing where it loads.
    std::optional<Error> error_of(const std::function<void(Saved&)>& change) {
        Saved saved = described();
        change(saved);
        return error_of(written(saved));
    }
    std::optional<Error> error_of(const Bytes& bytes) {
        const Result<Loaded> loaded = surroundings_.load(bytes);
        return loaded.has_error() ? std::optional(loaded.error()) : std::nullopt;
    }

  private:
    std::vector<HostFunctionOffer> offers() { return {{&host_, 7, kHostType}}; }

    Moving& begun() {
        if (moving_ != nullptr) return *moving_;
        auto store = std::make_unique<Store>(LimitValues::of(Preset::contract));
        EntryRequest request;
        request.code = code_;
        const FuncAddr host = must(store->add_host_function(host_, 7, kHostType));
        if (!request.imports.push_back({ExternKind::func, number(host)}) || !request.arguments.push_back(3)) {
            throw std::bad_alloc();
        }
        request.new_function = FuncIdx{1};
        Execution begun = must(Execution::enter(*store, std::move(request), schedule(), Fuel(100'000), Fuel(100'000)));
        if (must(begun.run()) != Ending::waiting) throw std::runtime_error("it does not wait");
        moving_ = std::make_unique<Moving>(std::move(store), std::move(begun), surroundings_);
        return *moving_;
    }

    WaitingHost host_;
    std::shared_ptr<const Code> code_;
    TestSurroundings surroundings_;
    std::unique_ptr<Moving> moving_;
};

/// A change and the error that it gets.
struct Change {
    const char* what;
    ErrorCode code;
    std::function<void(Saved&)> change;
};

void check_changes(Victim& victim, const std::vector<Change>& changes) {
    REQUIRE_FALSE(victim.error_of([](Saved&) {}).has_value());
    for (const Change& one : changes) {
        CAPTURE(one.what);
        Saved saved = victim.described();
        one.change(saved);
        const Bytes bytes = Victim::written(saved);
        const std::optional<Error> error = victim.error_of(bytes);
        REQUIRE(error.has_value());
        CHECK(to_text(error->code) == to_text(one.code));
        CHECK(error->offset <= bytes.size());
    }
}

std::uint64_t object(std::uint64_t number) { return Ref::of(RefKind::object, number).word(); }
std::uint64_t exception(std::uint64_t number) { return Ref::of(RefKind::exception, number).word(); }
std::uint64_t function(std::uint64_t instance, std::uint64_t index) {
    return Ref::of(RefKind::func, instance << 32 | index).word();
}

// Objects of the victim by their numbers.
constexpr std::size_t kConstantPair = 0;
constexpr std::size_t kShorts = 1;
constexpr std::size_t kThrown = 2;
constexpr std::size_t kLocalPair = 3;

} // namespace

TEST_CASE("STA-13: what the bytes name is looked up, and another one refused", "[feature:gc]") {
    Victim victim;
    const std::vector<Change> changes{
        {"schedule", ErrorCode::wrong_schedule, [](Saved& s) { s.schedule[31] ^= 1; }},
        {"limits", ErrorCode::wrong_limits, [](Saved& s) { s.limits[0] ^= 1; }},
        {"module", ErrorCode::unknown_module, [](Saved& s) { s.modules[0].module[5] ^= 1; }},
        {"profile", ErrorCode::unknown_module, [](Saved& s) { s.modules[0].profile[5] ^= 1; }},
        {"host function", ErrorCode::unknown_host_function,
         [](Saved& s) { s.state.instances[0].host_functions[0] = 8; }},
    };
    check_changes(victim, changes);
    Bytes bytes = victim.bytes();
    bytes[8] = 2;
    CHECK(victim.error_of(bytes) == Error{ErrorCode::unknown_state_version, 8});
    bytes[7] = 'X';
    CHECK(victim.error_of(bytes) == Error{ErrorCode::not_a_state, 0});
}

TEST_CASE("STA-14: frames stand where validation reaches, and hold what it finds there", "[feature:gc]") {
    Victim victim;
    const Module& module = victim.code().module();
    const std::uint32_t end = module.body(FuncIdx{2}).expression.end;
    const std::vector<Change> changes{
        {"no boundary", ErrorCode::state_bad_position, [](Saved& s) { ++s.state.frames[1].position; }},
        {"another instruction", ErrorCode::state_type_mismatch,
         [&](Saved& s) { s.state.frames[1].position = module.body(FuncIdx{2}).expression.begin; }},
        {"a delimiter", ErrorCode::state_bad_position, [](Saved& s) { s.state.frames[1].position += 2; }},
        {"never reached", ErrorCode::state_bad_position, [&](Saved& s) { s.state.frames[1].position = end - 3; }},
        {"the end of the body", ErrorCode::state_bad_position, [&](Saved& s) { s.state.frames[1].position = end - 1; }},
        {"behind the body", ErrorCode::state_bad_position, [&](Saved& s) { s.state.frames[1].position = end; }},
        {"outside of the module", ErrorCode::state_bad_position,
         [](Saved& s) { s.state.frames[1].position = 0xFFFF'FFFF; }},
        {"a caller at its call", ErrorCode::state_bad_position, [](Saved& s) { s.state.frames[0].position -= 2; }},
        {"a caller behind the next instruction", ErrorCode::state_bad_position,
         [](Saved& s) { s.state.frames[0].position += 2; }},
        {"an imported function", ErrorCode::state_bad_number, [](Saved& s) { s.state.frames[1].function = 0; }},
        {"no function", ErrorCode::state_bad_number, [](Saved& s) { s.state.frames[1].function = 4; }},
        {"no instance", ErrorCode::state_bad_number, [](Saved& s) { s.state.frames[1].instance = 1; }},
        {"a local more", ErrorCode::state_type_mismatch,
         [](Saved& s) { REQUIRE(s.state.frames[1].locals.push_back(0)); }},
        {"a local less", ErrorCode::state_type_mismatch, [](Saved& s) { s.state.frames[1].locals.pop_back(); }},
        {"an operand more", ErrorCode::state_type_mismatch,
         [](Saved& s) { REQUIRE(s.state.frames[1].operands.push_back(0)); }},
        {"an operand less", ErrorCode::state_type_mismatch, [](Saved& s) { s.state.frames[1].operands.pop_back(); }},
        {"an operand of the caller less", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[0].operands.pop_back(); }},
        {"an i32 that is too wide", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[1].operands[2] |= std::uint64_t{1} << 32; }},
        {"a parameter that is too wide", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[1].locals[0] |= std::uint64_t{1} << 63; }},
        {"a local that was set, null", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[1].locals[1] = 0; }},
        {"a local of another type", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[1].locals[1] = object(kShorts); }},
        {"an operand of another type", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.frames[1].operands[1] = Ref::i31(4).word(); }},
    };
    check_changes(victim, changes);
}

TEST_CASE("STA-15: calls return what is waited for, whoever returns it", "[feature:gc]") {
    Victim victim;
    const auto at_begin = [&victim](Saved& s, std::uint32_t function) {
        FrameState& frame = s.state.frames[1];
        frame.function = function;
        frame.position = victim.code().module().body(FuncIdx{function}).expression.begin;
        frame.operands.truncate(0);
        frame.locals.truncate(function == 1 ? 1 : 0);
    };
    const std::vector<Change> changes{
        {"a callee returns nothing", ErrorCode::state_bad_call, [&](Saved& s) { at_begin(s, 3); }},
        {"the entry calls what returns nothing", ErrorCode::state_bad_call,
         [](Saved& s) { s.state.entries[0].new_function = 4; }},
    };
    check_changes(victim, changes);
    // Another function that returns what the call does: a tail call would have come to it.
    CHECK_FALSE(victim
                    .error_of([&](Saved& s) {
                        at_begin(s, 1);
                        s.state.objects.truncate(kLocalPair);
                        // The pair is reached by the exception only.
                        REQUIRE(s.state.objects.push_back({0, kPair, 0, {}}));
                        REQUIRE(s.state.objects.back().bytes.resize(12));
                        s.state.objects.back().serial = ++s.state.allocations;
                        s.state.objects.back().bytes[4] = static_cast<std::uint8_t>(object(kLocalPair));
                    })
                    .has_value());
}

TEST_CASE("STA-5, STA-16: references lead to something of their type, and objects are as large as theirs",
          "[feature:gc][feature:exceptions]") {
    Victim victim;
    const std::vector<Change> changes{
        {"an object that is not there", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.globals[4] = object(4); }},
        {"an exception for an object", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.globals[4] = exception(kShorts); }},
        {"an object for an exception", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.globals[8] = object(kThrown); }},
        {"an exception for an anyref", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.globals[4] = exception(kThrown); }},
        {"a function of no instance", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.tables[0][0] = function(1, 1); }},
        {"an imported function as an instance's own", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.tables[0][0] = function(0, 0); }},
        {"no function", ErrorCode::state_bad_reference, [](Saved& s) { s.state.tables[0][0] = function(0, 4); }},
        {"no function of the host", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.tables[0][0] = Ref::of(kHostFunctionKind, 1).word(); }},
        {"no kind of reference", ErrorCode::state_bad_reference, [](Saved& s) { s.state.tables[0][0] = 8; }},
        {"a number in a table of functions", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.tables[0][0] = Ref::external(1).word(); }},
        {"an i31 of 32 bits", ErrorCode::state_bad_reference,
         [](Saved& s) { s.state.globals[4] = Ref::of(RefKind::i31, std::uint64_t{1} << 31).word(); }},
        {"a field", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.objects[kLocalPair].bytes[4] = static_cast<std::uint8_t>(exception(kThrown)); }},
        {"a payload", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.objects[kThrown].bytes[8] = static_cast<std::uint8_t>(function(0, 1)); }},
        {"a structure that is too short", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.objects[kLocalPair].bytes.pop_back(); }},
        {"half an element", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.objects[kShorts].bytes.pop_back(); }},
        {"a payload that is too short", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.objects[kThrown].bytes.pop_back(); }},
        {"a function type", ErrorCode::state_type_mismatch, [](Saved& s) { s.state.objects[kShorts].type = 2; }},
        {"no type", ErrorCode::state_bad_number, [](Saved& s) { s.state.objects[kShorts].type = 99; }},
        {"no instance", ErrorCode::state_bad_number, [](Saved& s) { s.state.objects[kShorts].instance = 1; }},
        {"no tag", ErrorCode::state_bad_number, [](Saved& s) { s.state.objects[kThrown].type = 1; }},
        {"held", ErrorCode::state_bad_reference, [](Saved& s) { REQUIRE(s.state.held.push_back(object(9))); }},
    };
    check_changes(victim, changes);
}

TEST_CASE("STA-17: constants, segments and sizes are those of the module", "[feature:gc]") {
    Victim victim;
    const std::vector<Change> changes{
        {"a constant number", ErrorCode::state_constant_differs, [](Saved& s) { s.state.globals[0] = 8; }},
        {"null for a constant object", ErrorCode::state_constant_differs, [](Saved& s) { s.state.globals[2] = 0; }},
        {"an element of a segment", ErrorCode::state_constant_differs,
         [](Saved& s) { s.state.instances[0].elements[0][1] = function(0, 1); }},
        {"half a segment", ErrorCode::state_bad_number, [](Saved& s) { s.state.instances[0].elements[0].pop_back(); }},
        {"a segment too many", ErrorCode::state_bad_number,
         [](Saved& s) { REQUIRE(s.state.instances[0].elements.emplace_back()); }},
        {"a data segment too few", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.instances[0].dropped_data.truncate(0); }},
        {"a global that is too wide", ErrorCode::state_type_mismatch,
         [](Saved& s) { s.state.globals[6] = std::uint64_t{1} << 32; }},
        {"a second word of an i64", ErrorCode::state_type_mismatch, [](Saved& s) { s.state.globals[1] = 1; }},
        {"a global too few", ErrorCode::state_bad_number, [](Saved& s) { s.state.globals.pop_back(); }},
        {"a memory that is smaller than declared", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.memories[0].size = 0; }},
        {"a memory that is larger than declared", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.memories[0].size = 3 * 65536; }},
        {"a memory of half a page", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.memories[0].size = 65536 + 32768; }},
        {"a memory of no end", ErrorCode::state_bad_number, [](Saved& s) { s.state.memories[0].size = 0 - 65536ULL; }},
        {"no memory", ErrorCode::state_bad_number, [](Saved& s) { s.state.memories.truncate(0); }},
        {"a memory too many", ErrorCode::state_bad_number, [](Saved& s) { REQUIRE(s.state.memories.emplace_back()); }},
        {"a table that is smaller than declared", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.tables[0].pop_back(); }},
        {"a table that is larger than declared", ErrorCode::state_bad_number,
         [](Saved& s) { REQUIRE(s.state.tables[0].resize(10)); }},
        {"no table", ErrorCode::state_bad_number, [](Saved& s) { s.state.tables.truncate(0); }},
        {"no module", ErrorCode::state_bad_number, [](Saved& s) { s.state.instances[0].module = 1; }},
        {"an import that is not there", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.instances[0].imports[0] = 4; }},
        {"an import of its own", ErrorCode::state_bad_number, [](Saved& s) { s.state.instances[0].imports[0] = 1; }},
        {"an import too few", ErrorCode::state_bad_number, [](Saved& s) { s.state.instances[0].imports.pop_back(); }},
        {"too many instances", ErrorCode::limit_exceeded,
         [](Saved& s) {
             for (int i = 0; i < 70; ++i) {
                 InstanceState more;
                 REQUIRE((more.imports.push_back(0) && more.elements.resize(1) && more.dropped_data.resize(1)));
                 REQUIRE(s.state.instances.push_back(std::move(more)));
                 REQUIRE(s.state.memories.emplace_back());
                 s.state.memories.back().size = 65536;
                 REQUIRE(s.state.tables.emplace_back());
                 REQUIRE(s.state.tables.back().resize(2));
             }
         }},
    };
    check_changes(victim, changes);
    // A memory and a table may have grown; a segment may have been dropped.
    CHECK_FALSE(victim
                    .error_of([](Saved& s) {
                        s.state.memories[0].size = 2 * 65536;
                        REQUIRE(s.state.tables[0].resize(9));
                        s.state.instances[0].elements[0].truncate(0);
                        s.state.instances[0].dropped_data[0] = 1;
                    })
                    .has_value());
}

TEST_CASE("STA-18: depth, words, fuel and the heap add up", "[feature:gc]") {
    Victim victim;
    const auto deeper = [](Saved& s, std::size_t frames) {
        for (std::size_t i = 0; i < frames; ++i) {
            const FrameState& caller = s.state.frames[0];
            FrameState one{caller.instance, caller.function, caller.position, {}, {}};
            REQUIRE((one.locals.copy_from(caller.locals.span()) && one.operands.copy_from(caller.operands.span())));
            REQUIRE(s.state.frames.push_back(std::move(one)));
        }
        std::swap(s.state.frames[1], s.state.frames.back());
    };
    const std::vector<Change> changes{
        {"a frame too many", ErrorCode::limit_exceeded, [&](Saved& s) { deeper(s, 1023); }},
        {"more used than the limit", ErrorCode::state_bad_sum, [](Saved& s) { s.state.used = 100'001; }},
        {"a limit beyond fuel", ErrorCode::state_bad_sum,
         [](Saved& s) { s.state.entries[0].limit = Fuel::kMaximum + 1; }},
        {"less debt than objects", ErrorCode::state_bad_sum, [](Saved& s) { s.state.heap_debt = 32 + 32 + 32 + 24; }},
        {"more debt than the limit", ErrorCode::state_bad_sum, [](Saved& s) { s.state.heap_debt = (16 << 20) + 8; }},
        {"more reached than the debt", ErrorCode::state_bad_sum,
         [](Saved& s) { s.state.heap_reached = s.state.heap_debt + 8; }},
        {"a debt of half a word", ErrorCode::state_bad_sum, [](Saved& s) { s.state.heap_debt += 4; }},
        {"a reached of half a word", ErrorCode::state_bad_sum, [](Saved& s) { s.state.heap_reached = 4; }},
        {"an object before the first", ErrorCode::state_bad_number, [](Saved& s) { s.state.objects[0].serial = 0; }},
        {"an object that is yet to come", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.objects[1].serial = s.state.allocations + 1; }},
        {"two objects of one number", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.objects[1].serial = s.state.objects[0].serial; }},
        {"more allocations than fuel", ErrorCode::state_bad_number,
         [](Saved& s) { s.state.allocations = Fuel::kMaximum + 1; }},
    };
    check_changes(victim, changes);
    CHECK_FALSE(victim.error_of([&](Saved& s) { deeper(s, 1022); }).has_value());
    CHECK_FALSE(victim.error_of([](Saved& s) { s.state.used = 100'000; }).has_value());
    CHECK_FALSE(victim.error_of([](Saved& s) { s.state.heap_debt = 16 << 20; }).has_value());

    // The words of all frames.
    const FunctionCode& f = victim.code().function(FuncIdx{1});
    const FunctionCode& g = victim.code().function(FuncIdx{2});
    const std::uint64_t words = 9 * std::uint64_t{f.frame_words} + g.frame_words;
    for (const bool is_enough : {true, false}) {
        const LimitValues limits =
            LimitValues::of(Preset::contract).with(Limit::stack_words, words - (is_enough ? 0 : 1));
        Saved saved = victim.described();
        deeper(saved, 8);
        saved.limits = must(format::digest_of(limits, test_digest));
        WaitingHost host;
        TestSurroundings narrow({compiled(module_of_all(), full_profile())}, {{&host, 7, kHostType}}, limits);
        const Result<Loaded> loaded = narrow.load(Victim::written(saved));
        CHECK(loaded.has_value() == is_enough);
        if (!is_enough) CHECK(loaded.error().code == ErrorCode::limit_exceeded);
    }
}

TEST_CASE("STA-12: another way to say the same is refused", "[feature:gc]") {
    Victim victim;
    const std::vector<Change> changes{
        {"a piece of zeros", ErrorCode::state_not_canonical,
         [](Saved& s) {
             MemoryState& memory = s.state.memories[0];
             REQUIRE((memory.pieces.push_back(3) && memory.bytes.resize(memory.bytes.size() + 4096)));
         }},
        {"a piece twice", ErrorCode::state_not_canonical,
         [](Saved& s) {
             MemoryState& memory = s.state.memories[0];
             REQUIRE((memory.pieces.push_back(0) && memory.pieces.push_back(0) && memory.bytes.resize(8192)));
             memory.bytes[1] = memory.bytes[4097] = 1;
         }},
        {"a piece behind the memory", ErrorCode::state_bad_number,
         [](Saved& s) {
             MemoryState& memory = s.state.memories[0];
             REQUIRE((memory.pieces.push_back(16) && memory.bytes.resize(4096)));
             memory.size = 65536 + 4096;
             // Written with a size that has it, and cut.
         }},
        {"garbage", ErrorCode::state_not_canonical,
         [](Saved& s) {
             REQUIRE(s.state.objects.push_back({0, kArray, 0, {}}));
             s.state.objects.back().serial = ++s.state.allocations;
             s.state.heap_debt += 16;
         }},
        {"objects in another order", ErrorCode::state_not_canonical,
         [](Saved& s) {
             std::swap(s.state.objects[kConstantPair], s.state.objects[kLocalPair]);
             s.state.objects[kConstantPair].bytes[4] = static_cast<std::uint8_t>(object(kConstantPair));
             s.state.globals[2] = object(kLocalPair);
             s.state.frames[1].locals[1] = s.state.frames[1].operands[1] = object(kConstantPair);
             s.state.objects[kThrown].bytes[8] = static_cast<std::uint8_t>(object(kConstantPair));
         }},
        {"a module twice", ErrorCode::state_not_canonical,
         [](Saved& s) { REQUIRE(s.modules.push_back(s.modules[0])); }},
        {"a dropped segment by another number", ErrorCode::state_not_canonical,
         [](Saved& s) { s.state.instances[0].dropped_data[0] = 2; }},
        {"an exception by another number", ErrorCode::state_not_canonical,
         [](Saved& s) { s.state.objects[kThrown].is_exception = 2; }},
        {"an allowance of the outermost", ErrorCode::state_not_canonical,
         [](Saved& s) { s.state.entries[0].has_allowance = 1; }},
        {"a module that was made", ErrorCode::state_not_canonical, [](Saved& s) { s.state.entries[0].module = 1; }},
        {"a prelude that was charged", ErrorCode::state_not_canonical,
         [](Saved& s) { s.state.entries[0].prelude = 1; }},
        {"a module that is not there, and was made", ErrorCode::state_not_canonical,
         [](Saved& s) { s.state.entries[0].module = 0x7FFFFFFF; }},
        {"imports that were linked", ErrorCode::state_not_canonical,
         [](Saved& s) { REQUIRE(s.state.entries[0].imports.push_back(0)); }},
    };
    check_changes(victim, changes);
    Bytes longer = victim.bytes();
    longer.push_back(0);
    CHECK(victim.error_of(longer) == Error{ErrorCode::state_unexpected_content, longer.size() - 1});
}

TEST_CASE("STA-10, STA-19: entries are as the machine leaves them", "[feature:gc]") {
    Victim victim;
    const auto phase = [](Saved& s, EntryPhase next) { s.state.entries[0].phase = static_cast<std::uint8_t>(next); };
    const std::vector<Change> changes{
        {"no entry", ErrorCode::state_bad_entry, [](Saved& s) { s.state.entries.truncate(0); }},
        {"no phase", ErrorCode::state_bad_entry, [](Saved& s) { s.state.entries[0].phase = 4; }},
        {"instantiated already", ErrorCode::state_bad_entry, [&](Saved& s) { phase(s, EntryPhase::instantiate); }},
        {"a start function that is not there", ErrorCode::state_bad_entry,
         [&](Saved& s) { phase(s, EntryPhase::start); }},
        {"frames of a start function that is not there", ErrorCode::state_bad_entry,
         [&](Saved& s) { phase(s, EntryPhase::function); }},
        {"no frames", ErrorCode::state_bad_entry, [](Saved& s) { s.state.frames.truncate(0); }},
        {"frames below the outermost", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].first_frame = 1; }},
        {"no function to return from", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].new_function = 0; }},
        {"a function that is not there", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].new_function = 5; }},
        {"two functions", ErrorCode::state_bad_entry, [](Saved& s) { s.state.entries[0].function = function(0, 1); }},
        {"an instance that is not there", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].instance = 2; }},
        {"a function of no instance", ErrorCode::state_bad_entry, [](Saved& s) { s.state.entries[0].instance = 0; }},
        {"an instance that was there before", ErrorCode::state_bad_entry,
         [](Saved& s) {
             s.state.entries[0].instances_before = 1;
             s.state.entries[0].functions_before = 4;
         }},
        {"too many functions before", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].functions_before = 2; }},
        {"a host function that made the outermost", ErrorCode::state_bad_entry,
         [](Saved& s) { s.state.entries[0].host_function = Ref::of(kHostFunctionKind, 0).word(); }},
        {"a caller of the outermost", ErrorCode::state_bad_entry, [](Saved& s) { s.state.entries[0].caller = 1; }},
        {"arguments of a function that was entered", ErrorCode::state_bad_entry,
         [](Saved& s) { REQUIRE(s.state.entries[0].arguments.push_back(1)); }},
    };
    check_changes(victim, changes);
}

TEST_CASE("STA-20: every beginning of the bytes is refused, and no count is believed", "[feature:gc]") {
    Victim victim;
    const Bytes bytes = victim.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::optional<Error> error =
            victim.error_of(Bytes(bytes.begin(), bytes.begin() + static_cast<int>(size)));
        REQUIRE(error.has_value());
        REQUIRE(kind_of(error->code) == ErrorKind::malformed);
        REQUIRE(error->offset <= size);
    }
    // Four bytes anywhere say that there are 2^32 - 1 of something; none of it is allocated.
    for (std::size_t at = 8; at + 4 <= bytes.size(); ++at) {
        Bytes changed = bytes;
        std::fill_n(changed.begin() + static_cast<int>(at), 4, std::uint8_t{0xFF});
        const std::optional<Error> error = victim.error_of(changed);
        REQUIRE((!error || kind_of(error->code) != ErrorKind::fault));
    }
}

TEST_CASE("STA-20: each allocation of the host that fails is a fault, and all that was made is gone", "[feature:gc]") {
    Victim victim;
    const Bytes bytes = victim.bytes();
    std::uint64_t failures = 0;
    const auto attempt = [&](std::uint64_t failing) {
        AllocationProbe& probe = allocation_probe();
        const std::uint64_t before = probe.allocations;
        probe.fail_at = failing == 0 ? 0 : before + failing;
        const std::optional<Error> error = victim.error_of(bytes);
        probe.fail_at = 0;
        CAPTURE(failing);
        if (error) CHECK(*error == kOutOfMemory);
        // Room that is only asked for in advance can be done without.
        failures += error ? 1U : 0U;
        return probe.allocations - before;
    };
    const std::uint64_t count = attempt(0);
    CHECK(count > 50);
    CHECK(failures == 0);
    for (std::uint64_t failing = 1; failing <= count; ++failing)
        attempt(failing);
    CHECK(failures >= count - 3);
}

TEST_CASE("STA-12, STA-20: what is flipped at random is refused, or is the state that it says", "[feature:gc]") {
    static Victim victim;
    static std::uint64_t loaded = 0;
    CHECK(rc::check("flips in a state with all kinds of things", [](std::uint64_t seed) {
        Random random(seed);
        for (int i = 0; i < 50; ++i) {
            const Bytes bytes = flipped(victim.bytes(), victim.bytes().size(), random);
            loaded += victim.error_of(bytes) ? 0U : 1U;
            RC_ASSERT(is_sound(victim.surroundings(), bytes));
        }
    }));
    // Most bytes of a state are values that may be others.
    CHECK(loaded > 100);
}

TEST_CASE("STA-12, STA-20: the same of states of generated modules, and both tiers go on alike from what loads") {
    static std::uint64_t loaded = 0;
    CHECK(rc::check("flips in states of generated modules", [](std::uint64_t seed) {
        Random random(seed);
        const Case test = seed % 2 == 0 ? case_of(seed) : edge_case_of(seed);
        const std::shared_ptr<const Code> its_code = compiled(test.module, full_profile());
        TestSurroundings surroundings({its_code});
        const std::vector<std::uint64_t> arguments{test.arguments[0].low, test.arguments[1].low};
        const auto one = begin_moving(its_code, arguments, 1'000'000, surroundings, LimitValues::of(Preset::contract));
        const std::uint64_t price = its_code->instantiation_price(schedule()).units();
        must(one->execution().refuel(Fuel(price + random.below(2000))));
        if (must(one->execution().run()) != Ending::exhausted) return;
        const Bytes bytes = saved(one->execution());
        for (int i = 0; i < 20; ++i) {
            // Words of the stack stand at the end; pieces of memory are large and take part less.
            const Bytes changed = flipped(bytes, 1 + random.below(1500), random);
            loaded += surroundings.load(changed).has_value() ? 1U : 0U;
            RC_ASSERT(is_sound(surroundings, changed));
        }
    }));
    CHECK(loaded > 100);
}
