#include "engine/exec/fast/names.hpp"

#include "engine/exec/fast/heap_handlers.hpp"

#include <algorithm>

namespace detent::fast {
namespace {

constexpr std::array kAllKinds = {Kind::slot, Kind::accumulator, Kind::constant, Kind::pin0,
                                  Kind::pin1, Kind::pin2,        Kind::pin3};

/// By Relation: of operands of 32 bits or floats, and of 64 bits.
constexpr std::array kComparisons = {Op::i32_eq, Op::i32_lt_s, Op::i32_lt_u, Op::i32_gt_s, Op::i32_gt_u,
                                     Op::f64_eq, Op::f64_lt,   Op::f64_le,   Op::f64_gt,   Op::f64_ge,
                                     Op::f32_eq, Op::f32_lt,   Op::f32_le,   Op::f32_gt,   Op::f32_ge};
constexpr std::array kWideComparisons = {Op::i64_eq, Op::i64_lt_s, Op::i64_lt_u, Op::i64_gt_s, Op::i64_gt_u};

/// By Stored. What is stored has no sign.
constexpr std::string_view kLoads[] = {
    "load8_u",           "load16_u",           "load32",   "load64",   "load8_s (32 bits)", "load16_s (32 bits)",
    "load8_s (64 bits)", "load16_s (64 bits)", "load32_s", "f32.load", "f64.load"};
constexpr std::string_view kStores[] = {"store8", "store16", "store32", "store64",   "",         "",
                                        "",       "",        "",        "f32.store", "f64.store"};
static_assert(std::size(kLoads) == kStored && std::size(kStores) == kStored);

constexpr std::string_view kFromSum = "its address is a sum";

class Names {
  public:
    [[nodiscard]] Result<Buffer<HandlerName>> take() noexcept {
        add_numbers();
        add_memory();
        add_branches();
        add_moves();
        add_control();
        add_heap();
        if (has_failed_) return kOutOfMemory;
        std::ranges::sort(all_, {}, &HandlerName::handler);
        return std::move(all_);
    }

  private:
    void add(Handler handler, std::string_view name, std::string_view fusion = {}) noexcept {
        if (handler == nullptr) return;
        has_failed_ = !all_.push_back({word_of(handler), name, fusion}) || has_failed_;
    }
    template <std::size_t count>
    void add(const std::array<Handler, count>& handlers, std::string_view name, std::string_view fusion = {}) noexcept {
        for (const Handler handler : handlers)
            add(handler, name, fusion);
    }

    void add_numbers() noexcept {
        for (std::size_t i = 0; i < kOpCount; ++i) {
            const Op op = static_cast<Op>(i);
            add(whole_handler(op).handler, row(op).mnemonic);
            const NumericHandlers* const numeric = numeric_handlers(op);
            if (numeric == nullptr) continue;
            for (const Kind first : kAllKinds) {
                add(numeric->unary[at(first)], row(op).mnemonic);
                for (const Kind second : kAllKinds)
                    add(numeric->binary[at(first)][at(second)], row(op).mnemonic);
            }
        }
        add(kVectorHandlers.move, "move of a vector");
        add(kVectorHandlers.select, "select of vectors");
        add(kVectorHandlers.shuffle_words, "i8x16.shuffle of words");
    }

    void add_memory() noexcept {
        add(mark_handler(Kind::slot), "mark of a store");
        add(mark_handler(Kind::accumulator), "mark of a store");
        for (std::size_t i = 0; i < kStored; ++i) {
            for (const Kind first : kAllKinds) {
                for (const Kind second : kAllKinds)
                    add_accesses(static_cast<Stored>(i), first, second);
            }
        }
    }

    void add_accesses(Stored stored, Kind first, Kind second) noexcept {
        const std::string_view load = kLoads[static_cast<std::size_t>(stored)];
        const std::string_view store = kStores[static_cast<std::size_t>(stored)];
        if (second == Kind::slot) add(load_handlers(stored, first), load);
        add(load_sum_handlers(stored, first, second), load, kFromSum);
        add(store_handler(stored, first, second), store);
        for (const Kind value : kAllKinds)
            add(store_sum_handler(stored, first, second, value), store, kFromSum);
    }

    void add_branches() noexcept {
        for (const Kind kind : kAllKinds)
            add(word_branches(kind), "br_if", {});
        for (std::size_t i = 0; i < kComparisons.size(); ++i) {
            add_branches(static_cast<Relation>(i), false, row(kComparisons[i]).mnemonic);
            if (i < kWideComparisons.size())
                add_branches(static_cast<Relation>(i), true, row(kWideComparisons[i]).mnemonic);
        }
    }

    void add_branches(Relation relation, bool is_wide, std::string_view name) noexcept {
        for (const Kind first : kAllKinds) {
            for (const Kind second : kAllKinds)
                add(compare_branches(relation, is_wide, first, second), name, "decides a branch");
        }
        if (relation >= Relation::f64_eq) return;
        for (const Place place : {Place::slot, Place::pin0, Place::pin1, Place::pin2, Place::pin3}) {
            for (const Kind second : kAllKinds)
                add_counts(relation, is_wide, place, second, name);
        }
    }

    void add(const Branches& branches, std::string_view name, std::string_view fusion) noexcept {
        add(branches[static_cast<std::size_t>(Way::forward)], name, fusion);
        add(branches[static_cast<std::size_t>(Way::back)], name, fusion);
        add(branches[static_cast<std::size_t>(Way::around)], name, "decides a branch, around a loop's beginning");
    }

    void add_counts(Relation relation, bool is_wide, Place place, Kind second, std::string_view name) noexcept {
        for (const bool sense : {false, true}) {
            const auto handler = [&](Way way) { return count_branch(relation, is_wide, place, second, {way, sense}); };
            add(handler(Way::forward), name, "counts, and decides a branch");
            add(handler(Way::back), name, "counts, and decides a branch");
            add(handler(Way::around), name, "counts, and decides a branch, around a loop's beginning");
        }
    }

    void add_moves() noexcept {
        for (std::size_t domain = 0; domain < kDomains; ++domain) {
            for (const Kind from : kAllKinds)
                add(kHandlers.move[domain][at(from)], "move");
            add(kHandlers.constant[domain], "constant");
            add(kHandlers.return_one[domain], "return");
        }
        for (const BinaryHandlers& selects : kHandlers.select) {
            for (const UnaryHandlers& of_first : selects) {
                for (const Places& select : of_first)
                    add(select, "select");
            }
        }
        add(kHandlers.move_two, "move", "two of them");
        add(kHandlers.move_words, "move of words");
        add(kHandlers.global_get, "global.get");
        add(kHandlers.own_global_get, "global.get");
        add(kHandlers.global_set, "global.set");
        add(kHandlers.own_global_set, "global.set");
        add(kHandlers.memory_size, "memory.size");
        add(kHandlers.memory_copy, "memory.copy");
        add(kHandlers.memory_fill, "memory.fill");
    }

    void add_control() noexcept {
        add(kHandlers.jump, "br");
        add(kHandlers.jump_back, "br");
        add(kHandlers.table, "br_table");
        add(kHandlers.pass, "nothing");
        add(kHandlers.check, "check of fuel");
        add(kHandlers.call, "call");
        add(kHandlers.call_indirect, "call_indirect");
        add(kHandlers.return_call, "return_call");
        add(kHandlers.return_call_self, "return_call", "of the function itself");
        add(kHandlers.return_none, "return");
        add(kHandlers.return_words, "return");
        add(kHandlers.body, "an instruction out of line");
        for (std::size_t words = 0; words <= pins_of(Domain::word); ++words) {
            for (std::size_t f64s = 0; f64s <= pins_of(Domain::f64); ++f64s) {
                for (std::size_t f32s = 0; f32s <= pins_of(Domain::f32); ++f32s)
                    add(pins_handler(words, f64s, f32s), "registers loaded");
            }
        }
    }

    void add_heap() noexcept {
        for (std::size_t i = 0; i < kStored; ++i) {
            for (const Kind kind : {Kind::slot, Kind::accumulator})
                add_fields(static_cast<Stored>(i), kind);
        }
        for (std::size_t i = 0; i < kHeapHandlers.array_length.size(); ++i) {
            add(kHeapHandlers.array_length[i], "array.len");
            add(kHeapHandlers.i31_get_s[i], "i31.get_s");
            add(kHeapHandlers.i31_get_u[i], "i31.get_u");
            add(kHeapHandlers.ref_i31[i], "ref.i31");
        }
        for (std::size_t i = 0; i < kCasts; ++i) {
            add(kHeapHandlers.test[i], "ref.test");
            add(kHeapHandlers.check[i], "ref.cast");
        }
        add(kHeapHandlers.check_not_null, "ref.as_non_null");
        add(kHeapHandlers.struct_new, "struct.new");
        add(kHeapHandlers.struct_new_default, "struct.new_default");
    }

    void add_fields(Stored stored, Kind kind) noexcept {
        add(field_get_handlers(stored, kind), "struct.get");
        add(field_set_handler(stored, kind), "struct.set");
        add(element_get_handlers(stored, kind), "array.get");
        add(element_set_handler(stored, kind), "array.set");
    }

    Buffer<HandlerName> all_;
    bool has_failed_ = false;
};

} // namespace

Result<Buffer<HandlerName>> handler_names() noexcept { return Names().take(); }

} // namespace detent::fast
