// Saved executions (STATE.md) of a few modules, in stores of three sets of limits: which ones is said by the bytes.
#include "engine/testing/frame_words.hpp"
#include "engine/testing/saved_cases.hpp"
#include "engine/testing/saved_soundness.hpp"
#include "fuzz/frames.hpp"
#include "fuzz/target.hpp"

#include <algorithm>

namespace detent::fuzz {
namespace {

using namespace testing;

/// How far states go on. Each goes on in five ways.
constexpr std::uint64_t kFuel = 1'500;

/// What it does is told by its argument alone, so that all tiers meet the same host.
class TellingHost final : public HostModule {
  public:
    std::shared_ptr<const Code> enters;

    HostOutcome call(HostCall& call) noexcept override {
        const std::uint64_t argument = call.arguments[0];
        call.results[0] = (argument * 3) & 0xFFFF'FFFF;
        switch (argument % 8) {
        case 1: return HostOutcome::waiting();
        case 2:
        case 3: return enter(call, argument);
        case 5: return HostOutcome::trapped({TrapCode::Host, 5});
        default: return HostOutcome::returned();
        }
    }
    HostOutcome leave(HostCall& call, std::uint64_t, const EntryResult& result) noexcept override {
        call.results[0] = result.results.empty() ? 50 : result.results[0] & 0xFFFF'FFFF;
        return HostOutcome::returned();
    }

  private:
    [[nodiscard]] HostOutcome enter(HostCall& call, std::uint64_t argument) const noexcept {
        const std::span<const Function> functions = call.store.functions();
        const auto own = std::ranges::find(functions, this, &Function::host);
        EntryRequest request;
        request.code = enters;
        const auto address = static_cast<std::uint32_t>(own - functions.begin());
        if (!request.imports.push_back({ExternKind::func, address}) || !request.arguments.push_back(argument / 8)) {
            return HostOutcome::failed(kOutOfMemory);
        }
        request.new_function = FuncIdx{1};
        request.prelude = Fuel(11);
        request.token = argument;
        if (argument % 2 == 1) request.allowance = Fuel(3'000);
        return HostOutcome::enter(std::move(request));
    }
};

class World {
  public:
    World() : codes_(compile_all()), shelf_(codes_) {
        host_.enters = codes_[kCalling];
        for (const LimitValues& limits : kinds_of_limits()) {
            limits_.push_back(limits);
            digests_.push_back(must(format::digest_of(limits, test_digest)));
            surroundings_.emplace_back(codes_, std::vector<HostFunctionOffer>{{&host_, kHostNumber, kHostType}},
                                       limits);
        }
    }

    [[nodiscard]] CodeShelf& shelf() { return shelf_; }

    /// By the digest of the limits that the bytes name.
    [[nodiscard]] TestSurroundings& surroundings_of(const Bytes& bytes) {
        constexpr std::size_t kLimitsAt = 8 + 4 + 32;
        for (std::size_t i = 1; i < digests_.size() && bytes.size() >= kLimitsAt + 32; ++i) {
            if (std::equal(digests_[i].begin(), digests_[i].end(), bytes.begin() + kLimitsAt)) return surroundings_[i];
        }
        return surroundings_[0];
    }

    /// States of each module under each of the limits, on the way to the end or to where it waits.
    [[nodiscard]] std::vector<Bytes> seeds() {
        std::vector<Bytes> all;
        for (const LimitValues& limits : limits_) {
            for (std::size_t i = 0; i < codes_.size(); ++i)
                add_seeds(limits, i, all);
        }
        return all;
    }

  private:
    // Places in the list of codes.
    static constexpr std::size_t kThings = 1;
    static constexpr std::size_t kDoings = 2;
    static constexpr std::size_t kCalling = 3;

    static Codes compile_all() {
        std::vector<Bytes> modules{module_of_all(),  module_of_things(),     module_of_doings(),
                                   calling_module(), ModuleOfTypes::build(), case_of(6).module};
        for (const std::uint64_t seed : {3U, 5U, 8U})
            modules.push_back(edge_case_of(seed).module);
        Codes codes;
        for (const Bytes& module : modules)
            codes.push_back(compiled(module, full_profile()));
        return codes;
    }

    /// Memories are small, so that inputs are fast.
    static std::vector<LimitValues> kinds_of_limits() {
        const LimitValues wide =
            LimitValues::of(Preset::contract).with(Limit::store_memory_bytes, 1 << 20).with(Limit::table_elements, 64);
        return {wide, wide.with(Limit::call_depth, 6).with(Limit::stack_words, 300),
                wide.with(Limit::heap_bytes, 640).with(Limit::store_table_elements, 40)};
    }

    void add_seeds(const LimitValues& limits, std::size_t code, std::vector<Bytes>& all) {
        for (const std::uint64_t argument : {9U, 19U, 26U}) {
            Store store(limits);
            Result<Execution> begun = begin(store, code, argument);
            if (begun.has_error()) continue;
            Execution& execution = begun.assume_value();
            must(execution.refuel(codes_[code]->instantiation_price(schedule())));
            for (std::uint64_t step = 0;; step = step * 3 / 2 + 7) {
                must(execution.refuel(std::min(execution.limit(), execution.grant() + Fuel(step))));
                const Ending ending = must(execution.run());
                if (ending == Ending::returned || ending == Ending::trapped) break;
                all.push_back(saved(execution));
                all.push_back(held(execution));
                if (ending == Ending::waiting || execution.at_limit()) break;
            }
        }
    }

    [[nodiscard]] static Bytes held(const Execution& execution) {
        format::Saved saved = must(format::describe(execution, test_digest));
        hold_all(saved.state);
        const Buffer<std::uint8_t> bytes = must(format::write(saved));
        return {bytes.begin(), bytes.end()};
    }

    /// "f", or instantiation alone where it does not have that.
    Result<Execution> begin(Store& store, std::size_t code, std::uint64_t argument) {
        const Module& module = codes_[code]->module();
        EntryRequest request;
        request.code = codes_[code];
        DETENT_TRY(const FuncAddr host, store.add_host_function(host_, kHostNumber, kHostType));
        if (code == kDoings && !import_things(store, request.imports)) return kOutOfMemory;
        if (module.imported_functions != 0 && !request.imports.push_back({ExternKind::func, number(host)})) {
            return kOutOfMemory;
        }
        if (const auto f = module.find_export("f")) {
            request.new_function = FuncIdx{f->index};
            const std::size_t count = words_of(module.function_type(FuncIdx{f->index}).parameters);
            for (std::size_t i = 0; i < count; ++i) {
                if (!request.arguments.push_back(argument)) return kOutOfMemory;
            }
        }
        return Execution::enter(store, std::move(request), schedule(), Fuel(200'000), Fuel());
    }

    [[nodiscard]] bool import_things(Store& store, Buffer<ExternVal>& imports) {
        Execution made =
            must(Execution::instantiate(store, codes_[kThings], {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        if (must(made.run()) != Ending::returned) return false;
        const Instance& things = store.instance(*made.instance());
        return std::ranges::all_of(std::array{"memory", "table", "mutable", "constant", "tag", "throws"},
                                   [&](const char* name) { return imports.push_back(*things.find_export(name)); });
    }

    Codes codes_;
    CodeShelf shelf_;
    TellingHost host_;
    std::vector<LimitValues> limits_;
    std::vector<Digest> digests_;
    std::vector<TestSurroundings> surroundings_;
};

World& world() {
    static World made;
    return made;
}

std::optional<format::Saved> read(const Bytes& bytes, Fields& fields) {
    FieldReader in(bytes, fields);
    format::Saved saved;
    in.head(format::kMagic, format::kVersion);
    format::visit(in, saved);
    in.expect_end();
    if (in.status().has_error()) return {};
    return saved;
}

} // namespace

bool is_sound(const Bytes& bytes) { return testing::is_sound(world().surroundings_of(bytes), bytes, kFuel); }

bool loads(const Bytes& bytes) { return world().surroundings_of(bytes).load(bytes).has_value(); }

std::vector<Bytes> seeds() { return world().seeds(); }

std::optional<Fields> fields_of(const Bytes& bytes) {
    Fields fields;
    if (!read(bytes, fields)) return {};
    return fields;
}

Bytes with_other_frames(const Bytes& bytes, Random& random) {
    Fields fields;
    std::optional<format::Saved> saved = read(bytes, fields);
    if (!saved) return bytes;
    change_frames(saved->state, codes_of(*saved, world().shelf()), random);
    const Buffer<std::uint8_t> written = must(format::write(*saved));
    return {written.begin(), written.end()};
}

} // namespace detent::fuzz
