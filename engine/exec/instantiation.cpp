#include "engine/exec/instantiation.hpp"

#include "engine/binary/reader.hpp"

#include <algorithm>

namespace detent {

Instantiation::Instantiation(Machine& machine, InstanceAddr address) noexcept
    : m_(machine), address_(address), module_(machine.store().instance(address).module()) {}

Step Instantiation::evaluate() noexcept {
    const Heap::Mark heap = m_.store().heap().mark();
    if (!open()) return m_.fail(kOutOfMemory);
    Step step = globals();
    if (step == Step::next) step = tables();
    if (step == Step::next) step = elements();
    close();
    if (step == Step::next) return step;
    m_.store().release(m_.entries().back().mark);
    if (starts_anew(step)) m_.store().heap().release(heap);
    return step;
}

/// A constant expression is executed by the bodies of its instructions, on a frame of no function: its base prices are
/// part of the price of instantiation, and what it makes is charged as in a body (MET-18).
bool Instantiation::open() noexcept {
    Frame frame;
    frame.instance = address_;
    frame.code = instance().code.get();
    frame.base = m_.height_;
    m_.constant_operands_.truncate(0);
    m_.in_constants_ = m_.frames_.push_back(frame);
    return m_.in_constants_;
}

void Instantiation::close() noexcept {
    m_.height_ = m_.top().base;
    m_.frames_.pop_back();
    m_.in_constants_ = false;
}

Step Instantiation::globals() noexcept {
    for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
        const Global& global = module_.globals[i];
        if (const Step step = value(*global.initializer); step != Step::next) return step;
        const std::uint64_t high = global.type.value == kV128 ? m_.pop() : 0;
        const Status defined = m_.store().define_global(address_, m_.pop(), high);
        if (defined.has_error()) return m_.fail(defined.error());
    }
    return Step::next;
}

Step Instantiation::tables() noexcept {
    for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
        const std::optional<ConstExpr>& initializer = module_.table_initializers[i];
        if (!initializer) continue;
        if (const Step step = value(*initializer); step != Step::next) return step;
        Buffer<std::uint64_t>& words = m_.store().table(instance().tables[i]).words;
        std::fill(words.begin(), words.end(), m_.pop());
    }
    return Step::next;
}

/// References are in the instance as soon as they are there, so that an accounting finds them.
Step Instantiation::elements() noexcept {
    for (const ElementSegment& segment : module_.elements) {
        if (!instance().elements.push_back({})) return m_.fail(kOutOfMemory);
        Buffer<std::uint64_t>& words = instance().elements.back();
        if (!words.reserve(segment.count)) return m_.fail(kOutOfMemory);
        m_.top().position = segment.entries.begin;
        for (std::uint32_t i = 0; i < segment.count; ++i) {
            std::uint64_t word = 0;
            if (const Step step = entry(segment, word); step != Step::next) return step;
            if (!words.push_back(word)) return m_.fail(kOutOfMemory);
        }
    }
    return Step::next;
}

Step Instantiation::entry(const ElementSegment& segment, std::uint64_t& word) noexcept {
    if (segment.entries_are_indices) {
        word = Ref::func(instance().functions[m_.read_u32()]).word();
        return Step::next;
    }
    const Step step = next_value();
    if (step == Step::next) word = m_.pop();
    return step;
}

Step Instantiation::value(ConstExpr expression) noexcept {
    m_.top().position = expression.bytes.begin;
    return next_value();
}

Step Instantiation::next_value() noexcept {
    constexpr std::uint32_t kMostWords = 2;
    m_.constant_operands_.truncate(0);
    for (m_.op_ = m_.read_op(); m_.op_ != Op::end; m_.op_ = m_.read_op()) {
        const std::uint32_t behind_opcode = m_.top().position;
        if (!m_.reserve_stack(std::uint64_t{m_.height_} + kMostWords)) return m_.fail(kOutOfMemory);
        if (const Step step = body_of(m_.op_)(m_); step != Step::next) return step;
        if (!note_result(behind_opcode)) return m_.fail(kOutOfMemory);
    }
    return Step::next;
}

/// Each instruction leaves one value; one of two words is no reference.
bool Instantiation::note_result(std::uint32_t position) noexcept {
    if (!m_.constant_operands_.resize(m_.height_ - m_.top().base)) return false;
    bool is_reference = row(m_.op_).type.ends_with(')');
    if (m_.op_ == Op::global_get) {
        Reader reader(module_.bytes.span(), position, m_.top().position);
        is_reference = module_.globals[reader.u32().assume_value()].type.value.is_reference();
    }
    m_.constant_operands_.back() = is_reference ? 1 : 0;
    return true;
}

Step Instantiation::copy_segments() noexcept {
    if (!open()) return m_.fail(kOutOfMemory);
    Step step = copy_elements();
    if (step == Step::next) step = copy_data();
    close();
    return step;
}

/// An offset makes nothing on the heap, so that it cannot be unpaid.
Step Instantiation::offset(ConstExpr expression, std::uint64_t& word) noexcept {
    const Step step = value(expression);
    if (step == Step::next) word = m_.pop();
    return step;
}

Step Instantiation::copy_elements() noexcept {
    for (std::size_t i = 0; i < module_.elements.size(); ++i) {
        const ElementSegment& segment = module_.elements[i];
        if (segment.mode == ElementSegment::Mode::passive) continue;
        if (segment.mode == ElementSegment::Mode::active) {
            std::uint64_t to = 0;
            if (const Step step = offset(segment.offset_expression, to); step != Step::next) return step;
            Table& table = m_.store().table(instance().tables[number(segment.table)]);
            if (!table.contains(to, segment.count)) return m_.trap(TrapCode::OutOfBoundsTableAccess);
            std::copy_n(instance().elements[i].begin(), segment.count,
                        table.words.begin() + static_cast<std::size_t>(to));
        }
        instance().elements[i] = {};
    }
    return Step::next;
}

Step Instantiation::copy_data() noexcept {
    for (std::size_t i = 0; i < module_.data.size(); ++i) {
        const DataSegment& segment = module_.data[i];
        if (!segment.active) continue;
        std::uint64_t to = 0;
        if (const Step step = offset(segment.offset_expression, to); step != Step::next) return step;
        Memory& memory = m_.store().memory(instance().memories[number(segment.memory)]);
        const std::span<const std::uint8_t> bytes = module_.slice(segment.bytes);
        if (!memory.contains(to, bytes.size())) return m_.trap(TrapCode::OutOfBoundsMemoryAccess);
        if (!bytes.empty()) std::memcpy(memory.for_writing(to, bytes.size()), bytes.data(), bytes.size());
        instance().dropped_data[i] = 1;
    }
    return Step::next;
}

} // namespace detent
