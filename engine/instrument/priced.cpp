#include "engine/instrument/priced.hpp"

#include "engine/binary/reader.hpp"
#include "engine/instrument/instrument.hpp"
#include "engine/runtime/heap.hpp"

#include <algorithm>

namespace detent::instrument {

namespace {

static_assert(kHeaderBytes % kObjectUnit == 0);

/// Writes one function. Locals are the operands, the lowest first, then its own.
class PricedFunction {
  public:
    PricedFunction(Additions& to, Op op, std::span<const std::uint8_t> bytes)
        : to_(to), module_(to.code().module()), op_(op), bytes_(bytes),
          in_(bytes, 0, static_cast<std::uint32_t>(bytes.size())) {
        static_cast<void>(in_.op());
    }

    [[nodiscard]] std::uint32_t add() {
        write();
        return to_.function(to_.type(parameters_, results_), own_locals_, out_);
    }

  private:
    using Local = std::uint32_t;

    void write() {
        // Not every instruction is listed, on purpose: `is_priced_by_operand` knows them.
        if (op_ == Op::memory_grow) return memory_grow();
        if (op_ == Op::table_grow) return table_grow();
        if (op_ == Op::memory_fill) return memory_fill();
        if (op_ == Op::memory_copy) return memory_copy();
        if (op_ == Op::memory_init) return memory_init();
        if (op_ == Op::table_fill) return table_fill();
        if (op_ == Op::table_copy) return table_copy();
        if (op_ == Op::table_init) return table_init();
        array();
    }

    // What the operands are.

    [[nodiscard]] std::uint32_t index() { return in_.u32().assume_value(); }
    [[nodiscard]] AddressType memory_address(std::uint32_t memory) const { return module_.memories[memory].address; }
    [[nodiscard]] AddressType table_address(std::uint32_t table) const { return module_.tables[table].address; }
    void operands(std::initializer_list<ValType> types) { parameters_ = types; }
    [[nodiscard]] Local own_local(ValType type) {
        own_locals_.push_back(type);
        return static_cast<Local>(parameters_.size() + own_locals_.size() - 1);
    }

    // What stands on the stack, as an i64.

    void push(Local number) {
        out_.op(Op::local_get, number);
        if (parameters_[number] == kI32) out_.op(Op::i64_extend_i32_u);
    }
    void push_times(Local number, std::uint64_t factor) {
        push(number);
        if (factor == 1) return;
        out_.i64(factor);
        out_.op(Op::i64_mul);
    }
    void extend(AddressType type) {
        if (type == AddressType::i32) out_.op(Op::i64_extend_i32_u);
    }
    void push_memory_bytes(std::uint32_t memory) {
        out_.op(Op::memory_size, memory);
        extend(memory_address(memory));
        out_.i64(module_.memories[memory].page_log);
        out_.op(Op::i64_shl);
    }
    void push_table_size(std::uint32_t table) {
        out_.op(Op::table_size, table);
        extend(table_address(table));
    }
    void push_array_length(Local array) {
        out_.op(Op::local_get, array);
        out_.op(Op::array_len);
        out_.op(Op::i64_extend_i32_u);
    }

    /// Pushes whether [offset, offset + count * factor) lies within the length that `push_length` pushes.
    template <class PushLength>
    void within(Local offset, Local count, std::uint64_t factor, PushLength push_length) {
        push_times(count, factor);
        push_length();
        out_.op(Op::i64_le_u);
        push(offset);
        push_length();
        push_times(count, factor);
        out_.op(Op::i64_sub);
        out_.op(Op::i64_le_u);
        out_.op(Op::i32_and);
    }
    void within_memory(Local offset, Local count, std::uint32_t memory) {
        within(offset, count, 1, [&] { push_memory_bytes(memory); });
    }
    void within_table(Local offset, Local count, std::uint32_t table) {
        within(offset, count, 1, [&] { push_table_size(table); });
    }
    void within_global(Local offset, Local count, std::uint64_t factor, std::uint32_t length) {
        within(offset, count, factor, [&] { out_.op(Op::global_get, length); });
    }
    void within_array(Local offset, Local count, Local array) {
        within(offset, count, 1, [&] { push_array_length(array); });
    }

    // Paying and executing.

    /// Pops n, and charges its amount; where there is too little, the base comes back. No sum wraps: n is within a
    /// limit of the store, so below 2^31, and a numerator is below 2^32.
    void pay() {
        const Rate rate = to_.schedule().rate(row(op_).unit);
        const Local amount = own_local(kI64);
        if (rate.numerator != 1) {
            out_.i64(rate.numerator);
            out_.op(Op::i64_mul);
        }
        if (rate.denominator != 1) {
            out_.i64(rate.denominator - 1);
            out_.op(Op::i64_add);
            out_.i64(rate.denominator);
            out_.op(Op::i64_div_u);
        }
        out_.op(Op::local_set, amount);
        out_.op(Op::global_get, to_.globals().fuel);
        out_.op(Op::local_get, amount);
        out_.op(Op::i64_lt_u);
        out_.block(Op::if_);
        out_.i64(to_.schedule().base(row(op_).work_class).units());
        out_.op(Op::call, to_.functions().refund);
        out_.end();
        to_.set_fuel_less_local(out_, amount);
    }
    void execute() {
        for (Local i = 0; i < parameters_.size(); ++i)
            out_.op(Op::local_get, i);
        out_.append(bytes_);
    }
    /// What is out of bounds is not priced: the instruction traps by itself (MET-6). Pops whether it is within.
    void pay_within(Local count, std::uint64_t factor) {
        out_.block(Op::if_);
        push_times(count, factor);
        pay();
        out_.end();
        execute();
    }
    void stop(OwnEnding why) {
        out_.i32(static_cast<std::uint32_t>(why));
        out_.op(Op::call, to_.functions().stop);
    }

    // Memories and tables.

    void memory_fill() {
        const std::uint32_t memory = index();
        const ValType address = value_type(memory_address(memory));
        operands({address, kI32, address});
        within_memory(0, 2, memory);
        pay_within(2, 1);
    }
    void memory_copy() {
        const std::uint32_t to = index();
        const std::uint32_t from = index();
        const AddressType count = narrower(memory_address(to), memory_address(from));
        operands({value_type(memory_address(to)), value_type(memory_address(from)), value_type(count)});
        within_memory(0, 2, to);
        within_memory(1, 2, from);
        out_.op(Op::i32_and);
        pay_within(2, 1);
    }
    void memory_init() {
        const std::uint32_t length = to_.data_length(index());
        const std::uint32_t memory = index();
        operands({value_type(memory_address(memory)), kI32, kI32});
        within_memory(0, 2, memory);
        within_global(1, 2, 1, length);
        out_.op(Op::i32_and);
        pay_within(2, 1);
    }
    void table_fill() {
        const std::uint32_t table = index();
        const ValType address = value_type(table_address(table));
        operands({address, module_.tables[table].element, address});
        within_table(0, 2, table);
        pay_within(2, 1);
    }
    void table_copy() {
        const std::uint32_t to = index();
        const std::uint32_t from = index();
        const AddressType count = narrower(table_address(to), table_address(from));
        operands({value_type(table_address(to)), value_type(table_address(from)), value_type(count)});
        within_table(0, 2, to);
        within_table(1, 2, from);
        out_.op(Op::i32_and);
        pay_within(2, 1);
    }
    void table_init() {
        const std::uint32_t length = to_.element_length(index());
        const std::uint32_t table = index();
        operands({value_type(table_address(table)), kI32, kI32});
        within_table(0, 2, table);
        within_global(1, 2, 1, length);
        out_.op(Op::i32_and);
        pay_within(2, 1);
    }

    // Growth. What may grow is the store's rule (DET-10), over all that this module knows of.

    /// Pushes whether the operand is at most `most - total`, that in units of 2^log; `total` is an i64 local.
    void fits_beside(Local number, Local total, std::uint64_t most, std::uint8_t log) {
        out_.op(Op::local_get, total);
        out_.i64(most);
        out_.op(Op::i64_le_u);
        push(number);
        out_.i64(most);
        out_.op(Op::local_get, total);
        out_.op(Op::i64_sub);
        out_.i64(log);
        out_.op(Op::i64_shr_u);
        out_.op(Op::i64_le_u);
        out_.op(Op::i32_and);
    }
    /// Pops whether it may grow; pays for `1 << log` units each, and says where it grew, or -1. An engine that does not
    /// grow what may has failed.
    void grow(Local number, std::uint8_t log) {
        const ValType type = parameters_[number];
        results_ = {type};
        const bool is_narrow = type == kI32;
        const auto minus_one = [&] { is_narrow ? out_.i32(~std::uint32_t{0}) : out_.i64(~std::uint64_t{0}); };
        const Local before = own_local(type);
        out_.block(Op::if_, type);
        push_times(number, std::uint64_t{1} << log);
        pay();
        execute();
        out_.op(Op::local_tee, before);
        minus_one();
        out_.op(is_narrow ? Op::i32_eq : Op::i64_eq);
        out_.block(Op::if_);
        stop(OwnEnding::engine_failed);
        out_.end();
        out_.op(Op::local_get, before);
        out_.otherwise();
        minus_one();
        out_.end();
    }
    void memory_grow() {
        const std::uint32_t memory = index();
        const MemType& type = module_.memories[memory];
        operands({value_type(type.address)});
        const Local total = own_local(kI64);
        out_.i64(0);
        for (std::uint32_t i = 0; i < module_.memories.size(); ++i) {
            push_memory_bytes(i);
            out_.op(Op::i64_add);
        }
        out_.op(Op::local_set, total);
        fits_beside(0, total, to_.limit(Limit::store_memory_bytes), type.page_log);
        push(0);
        out_.i64(type.limits.has_maximum ? type.limits.maximum : type.most_pages());
        out_.op(Op::memory_size, memory);
        extend(type.address);
        out_.op(Op::i64_sub);
        out_.op(Op::i64_le_u);
        out_.op(Op::i32_and);
        grow(0, type.page_log);
    }
    void table_grow() {
        const std::uint32_t table = index();
        const TableType& type = module_.tables[table];
        operands({type.element, value_type(type.address)});
        const Local total = own_local(kI64);
        out_.i64(0);
        for (std::uint32_t i = 0; i < module_.tables.size(); ++i) {
            push_table_size(i);
            out_.op(Op::i64_add);
        }
        out_.op(Op::local_set, total);
        fits_beside(1, total, to_.limit(Limit::store_table_elements), 0);
        const std::uint64_t declared = type.limits.has_maximum ? type.limits.maximum : type.most_elements();
        push_table_size(table);
        out_.op(Op::local_set, total);
        fits_beside(1, total, std::min(declared, to_.limit(Limit::table_elements)), 0);
        out_.op(Op::i32_and);
        grow(1, 0);
    }

    // Arrays.

    void array() {
        const std::uint32_t type = index();
        const HeapType heap{TypeIdx{type}};
        const StorageType& element = module_.fields(TypeIdx{type})[0].storage;
        element_bytes_ = element.bytes();
        if (row(op_).work_class == WorkClass::array_new) {
            results_ = {non_null(heap)};
            return make_array(element.unpacked);
        }
        if (op_ == Op::array_copy) {
            operands({nullable(heap), kI32, nullable(HeapType(TypeIdx{index()})), kI32, kI32});
        } else if (op_ == Op::array_fill) {
            operands({nullable(heap), kI32, element.unpacked, kI32});
        } else {
            operands({nullable(heap), kI32, kI32, kI32});
        }
        write_array();
    }
    void make_array(ValType element) {
        if (op_ == Op::array_new || op_ == Op::array_new_default) {
            if (op_ == Op::array_new) operands({element, kI32});
            if (op_ == Op::array_new_default) operands({kI32});
            pay_for_array(static_cast<Local>(parameters_.size() - 1));
            return execute();
        }
        operands({kI32, kI32});
        within_segment(0, 1);
        out_.block(Op::if_);
        pay_for_array(1);
        out_.end();
        execute();
    }
    /// The limit of one array comes before the price (MET-5). Its abstract bytes are those of DET-11.
    void pay_for_array(Local length) {
        const Local bytes = own_local(kI64);
        push_times(length, element_bytes_);
        out_.i64(kHeaderBytes + kObjectUnit - 1);
        out_.op(Op::i64_add);
        out_.i64(~(kObjectUnit - 1));
        out_.op(Op::i64_and);
        out_.op(Op::local_tee, bytes);
        out_.i64(to_.limit(Limit::array_bytes));
        out_.op(Op::i64_gt_u);
        out_.block(Op::if_);
        stop(OwnEnding::heap_exhausted);
        out_.end();
        out_.op(Op::local_get, bytes);
        pay();
    }
    /// Of data the elements are as many bytes.
    void within_segment(Local offset, Local count) {
        const std::uint32_t segment = index();
        const bool is_data = op_ == Op::array_new_data || op_ == Op::array_init_data;
        if (is_data) return within_global(offset, count, element_bytes_, to_.data_length(segment));
        within_global(offset, count, 1, to_.element_length(segment));
    }
    /// The instruction finds a null by itself.
    void write_array() {
        const Local count = static_cast<Local>(parameters_.size() - 1);
        out_.op(Op::local_get, 0);
        out_.op(Op::ref_is_null);
        if (op_ == Op::array_copy) {
            out_.op(Op::local_get, 2);
            out_.op(Op::ref_is_null);
            out_.op(Op::i32_or);
        }
        out_.block(Op::if_, kI32);
        out_.i32(0);
        out_.otherwise();
        within_array(1, count, 0);
        if (op_ == Op::array_copy) within_array(3, count, 2);
        if (op_ == Op::array_init_data || op_ == Op::array_init_elem) within_segment(2, count);
        if (op_ != Op::array_fill) out_.op(Op::i32_and);
        out_.end();
        pay_within(count, element_bytes_);
    }

    Additions& to_;
    const Module& module_;
    Op op_;
    std::span<const std::uint8_t> bytes_;
    Reader in_;
    std::vector<ValType> parameters_;
    std::vector<ValType> results_;
    std::vector<ValType> own_locals_;
    std::uint64_t element_bytes_ = 0;
    Emitter out_;
};

} // namespace

std::uint32_t add_priced_function(Additions& to, Op op, std::span<const std::uint8_t> bytes) {
    return PricedFunction(to, op, bytes).add();
}

} // namespace detent::instrument
