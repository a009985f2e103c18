// Saved transactions (SAVED.md) on one state, in which contracts do everything that they can do to each other.
#include "engine/testing/frame_words.hpp"
#include "fuzz/frames.hpp"
#include "fuzz/target.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/testing/moving.hpp"
#include "host_abi/testing/moving_cases.hpp"
#include "host_abi/transaction_state.hpp"

#include <algorithm>

namespace detent::fuzz {
namespace {

using testing::address;
using testing::must;

/// How far states go on: calls and creations that run come to their end by it.
constexpr std::uint64_t kFuel = 100'000;

/// Codes by the hashes of their bytes.
class Shelf final : public CodeSource {
  public:
    void add(ByteView module) { codes_.push_back({sha256(module).bytes, must(compile(module, testing::profile()))}); }

    Result<std::shared_ptr<const Code>> find(const ModuleName& name) noexcept override {
        const auto found = std::ranges::find(codes_, name.module, &Named::hash);
        return found != codes_.end() ? found->code : std::shared_ptr<const Code>();
    }

  private:
    struct Named {
        Digest hash;
        std::shared_ptr<const Code> code;
    };

    std::vector<Named> codes_;
};

class World {
  public:
    World() {
        testing::populate_everything(world_);
        const OrderedMap& codes = world_.state.codes();
        for (auto code = codes.first(); code; code = codes.next(code->key))
            shelf_.add(code->value);
        shelf_.add(testing::child());
    }

    [[nodiscard]] State& state() { return world_.state; }
    [[nodiscard]] CodeCache& cache() { return cache_; }
    [[nodiscard]] Shelf& shelf() { return shelf_; }

    [[nodiscard]] std::vector<Bytes> seeds() {
        const Bytes module = testing::child();
        const std::array<BlockHash, 2> hashes{{{99, {}}, {42, Hash{address(4).bytes}}}};
        world_.block.hashes = hashes;
        std::vector<Bytes> all;
        add_seeds(testing::World::call_input(address(1), {}, 7), all);
        add_seeds(testing::World::call_input(address(4), module, 0, 100'000), all);
        add_seeds(testing::World::deploy_input(module, {}, 9, 5), all);
        world_.block.hashes = {};
        return all;
    }

  private:
    /// Where other calls are running than the last time, and here and there between.
    void add_seeds(const TransactionInput& input, std::vector<Bytes>& all) {
        Transaction one = must(Transaction::begin(world_.state, world_.block, input, testing::schedule(),
                                                  testing::profile(), Fuel(), &cache_));
        std::size_t calls = 0;
        for (std::uint64_t i = 0;; ++i) {
            const Fuel before = one.used();
            must(one.refuel(one.grant() + Fuel(1)));
            if (must(one.run()) != Progress::exhausted || one.at_limit()) return;
            if (one.used() == before && i != 0) continue;
            const Bytes bytes = testing::saved(one);
            const std::size_t running = calls_of(bytes);
            if (running != calls || i % 11 == 0) all.push_back(bytes);
            calls = running;
        }
    }

    [[nodiscard]] static std::size_t calls_of(const Bytes& bytes) {
        saved::TransactionState all;
        ArchiveReader in(bytes);
        saved::visit(in, all);
        return all.contracts.size();
    }

    testing::World world_;
    CodeCache cache_;
    Shelf shelf_;
};

World& world() {
    static World made;
    return made;
}

/// A saved transaction in parts that can be changed: calls and journal, and the execution.
struct Parts {
    saved::TransactionState calls;
    format::Saved execution;

    [[nodiscard]] Bytes written() const {
        ArchiveWriter out;
        saved::visit(out, calls);
        if (!calls.contracts.empty()) out.bytes(must(format::write(execution)).span());
        return testing::bytes_of(must(out.finish()).span());
    }
};

bool read_execution(std::span<const std::uint8_t> bytes, Fields& fields, std::size_t before, format::Saved& to) {
    FieldReader in(bytes, fields, before);
    in.head(format::kMagic, format::kVersion);
    format::visit(in, to);
    in.expect_end();
    return in.status().has_value();
}

std::optional<Parts> read(const Bytes& bytes, Fields& fields) {
    FieldReader in(bytes, fields);
    Parts parts;
    saved::visit(in, parts.calls);
    if (in.status().has_error()) return {};
    const bool is_read = parts.calls.contracts.empty()
                             ? in.rest().empty()
                             : read_execution(in.rest(), fields, in.position(), parts.execution);
    if (!is_read) return {};
    return parts;
}

} // namespace

bool is_sound(const Bytes& bytes) { return testing::is_sound(world().state(), bytes, &world().cache(), kFuel); }

bool loads(const Bytes& bytes) {
    return Transaction::load(world().state(), bytes, testing::schedule(), testing::profile()).has_value();
}

std::vector<Bytes> seeds() { return world().seeds(); }

std::optional<Fields> fields_of(const Bytes& bytes) {
    Fields fields;
    if (!read(bytes, fields)) return {};
    return fields;
}

Bytes with_other_frames(const Bytes& bytes, Random& random) {
    Fields fields;
    std::optional<Parts> parts = read(bytes, fields);
    if (!parts) return bytes;
    change_frames(parts->execution.state, testing::codes_of(parts->execution, world().shelf()), random);
    return parts->written();
}

} // namespace detent::fuzz
