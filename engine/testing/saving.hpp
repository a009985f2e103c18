// Saving and loading in tests: surroundings of a few modules and functions of a host.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/exec/saved.hpp"
#include "engine/testing/generator.hpp"
#include "engine/testing/program.hpp"

#include <algorithm>
#include <new>

namespace detent::testing {

/// No hash function, but one that tells the bytes of tests apart: four sums of FNV-1a, each begun in its own way. Tests
/// spend much of their time here, without the compiler's help.
inline Digest test_digest(std::span<const std::uint8_t> bytes) noexcept {
    constexpr std::uint64_t kBasis = 0xCBF29CE484222325;
    constexpr std::uint64_t kPrime = 0x100000001B3;
    std::uint64_t a = kBasis;
    std::uint64_t b = kBasis + 1;
    std::uint64_t c = kBasis + 2;
    std::uint64_t d = kBasis + 3;
    const std::uint8_t* const end = bytes.data() + bytes.size();
    for (const std::uint8_t* byte = bytes.data(); byte != end; ++byte) {
        a = (a ^ *byte) * kPrime;
        b = (b ^ *byte) * kPrime;
        c = (c ^ *byte) * kPrime;
        d = (d ^ *byte) * kPrime;
    }
    Digest out{};
    std::uint8_t* part = out.data();
    for (const std::uint64_t sum : {a, b, c, d}) {
        write_little_endian(part, sum);
        part += sizeof sum;
    }
    return out;
}

/// Has the codes that it was given.
class CodeShelf final : public CodeSource {
  public:
    explicit CodeShelf(std::vector<std::shared_ptr<const Code>> codes) : codes_(std::move(codes)) {
        for (const std::shared_ptr<const Code>& code : codes_) {
            Buffer<std::uint8_t> profile;
            if (!code->profile().append_canonical(profile)) throw std::bad_alloc();
            names_.push_back({test_digest(code->module().bytes.span()), test_digest(profile.span())});
        }
    }

    Result<std::shared_ptr<const Code>> find(const ModuleName& name) noexcept override {
        const auto found = std::ranges::find(names_, name);
        if (found == names_.end()) return std::shared_ptr<const Code>();
        return codes_[static_cast<std::size_t>(found - names_.begin())];
    }

  private:
    std::vector<std::shared_ptr<const Code>> codes_;
    std::vector<ModuleName> names_;
};

/// What executions of some codes are loaded in.
class TestSurroundings {
  public:
    explicit TestSurroundings(std::vector<std::shared_ptr<const Code>> codes,
                              std::vector<HostFunctionOffer> host_functions = {},
                              const LimitValues& limits = LimitValues::of(Preset::contract))
        : shelf_(std::move(codes)), host_functions_(std::move(host_functions)), limits_(limits) {}

    Result<Loaded> load(const Bytes& bytes) {
        return detent::load(bytes, {test_digest, schedule(), limits_, shelf_, host_functions_});
    }

  private:
    CodeShelf shelf_;
    std::vector<HostFunctionOffer> host_functions_;
    LimitValues limits_;
};

inline Bytes saved(const Execution& execution) {
    const Buffer<std::uint8_t> bytes = must(save(execution, test_digest));
    return {bytes.begin(), bytes.end()};
}

/// An execution that goes from one store to the next: saved, dropped, and loaded in a fresh one.
class Moving {
  public:
    Moving(std::unique_ptr<Store> store, Execution execution, TestSurroundings& surroundings)
        : surroundings_(surroundings), store_(std::move(store)),
          execution_(std::make_unique<Execution>(std::move(execution))) {}
    Moving(const Moving&) = delete;
    Moving& operator=(const Moving&) = delete;
    ~Moving() = default;

    [[nodiscard]] Execution& execution() { return *execution_; }
    [[nodiscard]] Store& store() { return *store_; }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t moves() const { return moves_; }

    /// Throws where the bytes do not load, or are those of another state.
    void move() {
        bytes_ = saved(*execution_);
        Loaded loaded = must(surroundings_.load(bytes_));
        if (must(capture(*execution_)) != must(capture(loaded.execution))) throw std::logic_error("another state");
        if (execution_->limit() != loaded.execution.limit()) throw std::logic_error("another limit");
        if (saved(loaded.execution) != bytes_) throw std::logic_error("other bytes");
        execution_.reset();
        store_ = std::move(loaded.store);
        execution_ = std::make_unique<Execution>(std::move(loaded.execution));
        ++moves_;
    }

    /// Grants what `next` says on top each time, and moves wherever something was used since, or the host waits, until
    /// an ending that is no pause, or the limit.
    template <class Next>
    Ending run(Next next, Tier tier, Handover handover = {}) {
        std::uint64_t grant = execution_->grant().units();
        Fuel moved_at = Fuel::maximum();
        while (true) {
            if (execution_->used() != moved_at) {
                move();
                moved_at = execution_->used();
                execution_->use(tier, handover);
            }
            grant = std::min(grant + next(), execution_->limit().units());
            must(execution_->refuel(Fuel(grant)));
            const Ending ending = must(execution_->run());
            if (ending == Ending::waiting) moved_at = Fuel::maximum();
            const bool pauses = ending == Ending::waiting || (ending == Ending::exhausted && !execution_->at_limit());
            if (!pauses) return ending;
        }
    }

  private:
    TestSurroundings& surroundings_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Execution> execution_;
    Bytes bytes_;
    std::uint64_t moves_ = 0;
};

/// Begins "f" of a module together with its instantiation, in a fresh store.
inline std::unique_ptr<Moving> begin_moving(const std::shared_ptr<const Code>& code,
                                            const std::vector<std::uint64_t>& arguments, std::uint64_t limit,
                                            TestSurroundings& surroundings, const LimitValues& limits) {
    auto store = std::make_unique<Store>(limits);
    EntryRequest request;
    request.code = code;
    request.new_function = FuncIdx{code->module().find_export("f")->index};
    if (!request.arguments.copy_from(arguments)) throw std::bad_alloc();
    Execution begun = must(Execution::enter(*store, std::move(request), schedule(), Fuel(limit), Fuel()));
    return std::make_unique<Moving>(std::move(store), std::move(begun), surroundings);
}

/// The bytes with some of the last `tail` changed.
inline Bytes flipped(Bytes bytes, std::size_t tail, Random& random) {
    tail = std::min(tail, bytes.size());
    for (std::uint64_t i = 0, flips = 1 + random.below(3); i < flips; ++i) {
        std::uint8_t& byte = bytes[bytes.size() - 1 - random.next() % tail];
        byte = static_cast<std::uint8_t>(random.one_in(2) ? byte ^ (1U << random.below(8)) : random.next());
    }
    return bytes;
}

} // namespace detent::testing
