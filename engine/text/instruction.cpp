#include "engine/text/instruction.hpp"

#include "engine/text/constants.hpp"
#include "engine/text/literals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace detent::text {

namespace {

using Mnemonics = std::array<Op, kOpCount>;

/// The instructions by mnemonic; among equals in opcode order.
Mnemonics sorted_mnemonics() noexcept {
    Mnemonics out{};
    for (std::size_t i = 0; i < kOpCount; ++i)
        out[i] = static_cast<Op>(i);
    std::sort(out.begin(), out.end(),
              [](Op a, Op b) noexcept { return std::pair(row(a).mnemonic, a) < std::pair(row(b).mnemonic, b); });
    return out;
}

bool is_setting(const Cursor& cursor, std::uint32_t ahead) noexcept {
    const std::string_view word = cursor.word(ahead);
    return word.starts_with("offset=") || word.starts_with("align=");
}

/// The value in `offset=…` or `align=…`, whose keyword is taken; none where no such keyword is next.
std::optional<std::uint64_t> accept_setting(Cursor& cursor, std::string_view name) {
    if (cursor.kind() != TokenKind::keyword || !cursor.word().starts_with(name)) return std::nullopt;
    const Token& token = cursor.next();
    const std::string_view number = cursor.text(token).substr(name.size());
    if (number.empty() || !is_digit(number[0]) || kind_of_number(number) != TokenKind::natural) {
        fail(ErrorCode::unknown_operator, token.begin);
    }
    const std::optional<std::uint64_t> value = natural_value(number);
    if (!value) fail(ErrorCode::constant_out_of_range, token.begin);
    return value;
}

/// A memarg's exponent of its alignment.
std::uint64_t alignment(Cursor& cursor, unsigned natural_exponent) {
    const std::uint32_t offset = cursor.offset();
    const std::optional<std::uint64_t> written = accept_setting(cursor, "align=");
    if (!written) return natural_exponent;
    if (!std::has_single_bit(*written)) fail(ErrorCode::alignment_not_power_of_two, offset);
    return static_cast<std::uint64_t>(std::countr_zero(*written));
}

} // namespace

std::optional<Op> op_of(std::string_view mnemonic) {
    static const Mnemonics all = sorted_mnemonics();
    const auto* found = std::lower_bound(all.begin(), all.end(), mnemonic, [](Op op, std::string_view wanted) noexcept {
        return row(op).mnemonic < wanted;
    });
    if (found == all.end() || row(*found).mnemonic != mnemonic) return std::nullopt;
    return *found;
}

void write_opcode(Writer& out, Op op) {
    const OpRow& one = row(op);
    if (one.prefix == 0) return out.byte(static_cast<std::uint8_t>(one.code));
    out.byte(one.prefix);
    out.unsigned_leb(one.code);
}

void InstructionWriter::plain(Op op, Writer& out) {
    // Three mnemonics have two opcodes each, and what is behind them says which.
    if (op == Op::ref_test || op == Op::ref_cast) return reference_test(op, out);
    if (op == Op::select && cursor_.is_open("result")) op = Op::select_t;
    write_opcode(out, op);
    immediates(op, out);
}

void InstructionWriter::immediates(Op op, Writer& out) {
    const Immediate immediate = row(op).immediate;
    switch (immediate) {
    case Immediate::none: return;
    case Immediate::block_type:
    case Immediate::try_table: return block_type(out);
    case Immediate::label: return label(out);
    case Immediate::label_table: return label_table(out);
    case Immediate::func: return index(out, module_.funcs);
    case Immediate::type: return index(out, module_.types.ids());
    case Immediate::type_table: return call_indirect(out);
    case Immediate::local: return index(out, locals_);
    case Immediate::global: return index(out, module_.globals);
    case Immediate::table: return optional_index(out, module_.tables);
    case Immediate::table_table: return two_optional_indices(out, module_.tables);
    case Immediate::elem_table: return segment_then_place(out, module_.elems, module_.tables);
    case Immediate::elem: return index(out, module_.elems);
    case Immediate::data: module_.out.needs_data_count = true; return index(out, module_.datas);
    case Immediate::memory: return optional_index(out, module_.memories);
    case Immediate::memory_memory: return two_optional_indices(out, module_.memories);
    case Immediate::data_memory:
        module_.out.needs_data_count = true;
        return segment_then_place(out, module_.datas, module_.memories);
    case Immediate::mem_8: return memory_argument(out, 0, false);
    case Immediate::mem_16: return memory_argument(out, 1, false);
    case Immediate::mem_32: return memory_argument(out, 2, false);
    case Immediate::mem_64: return memory_argument(out, 3, false);
    case Immediate::mem_128: return memory_argument(out, 4, false);
    case Immediate::mem_8_lane: return memory_argument(out, 0, true);
    case Immediate::mem_16_lane: return memory_argument(out, 1, true);
    case Immediate::mem_32_lane: return memory_argument(out, 2, true);
    case Immediate::mem_64_lane: return memory_argument(out, 3, true);
    case Immediate::lane_16:
    case Immediate::lane_8:
    case Immediate::lane_4:
    case Immediate::lane_2: return lane(out);
    case Immediate::lanes_16: return lanes(out);
    case Immediate::i32: return out.signed_leb(static_cast<std::int32_t>(integer_constant(cursor_, 32)));
    case Immediate::i64: return out.signed_leb(static_cast<std::int64_t>(integer_constant(cursor_, 64)));
    case Immediate::f32: return out.little_endian(float_constant(cursor_, 32), 4);
    case Immediate::f64: return out.little_endian(float_constant(cursor_, 64), 8);
    case Immediate::v128: return out.append(vector_constant(cursor_));
    case Immediate::select_types: return select_types(out);
    case Immediate::heap_type: return out.signed_leb(heap_type(cursor_, module_.types.ids()));
    case Immediate::cast: return cast(out);
    case Immediate::type_field:
    case Immediate::type_count:
    case Immediate::type_data:
    case Immediate::type_elem:
    case Immediate::type_type: return type_then(out, immediate);
    case Immediate::tag: return index(out, module_.tags);
    }
}

void InstructionWriter::optional_index(Writer& out, const IndexSpace& space) {
    out.unsigned_leb(cursor_.is_index() ? index_in(cursor_, space) : 0);
}

void InstructionWriter::label_table(Writer& out) {
    std::vector<std::uint32_t> labels;
    do {
        labels.push_back(labels_.index(cursor_));
    } while (cursor_.is_index());
    out.unsigned_leb(labels.size() - 1);
    for (const std::uint32_t one : labels)
        out.unsigned_leb(one);
}

void InstructionWriter::call_indirect(Writer& out) {
    const std::uint32_t table = cursor_.is_index() ? index_in(cursor_, module_.tables) : 0;
    out.unsigned_leb(module_.types.use(cursor_, Binding::forbidden).index);
    out.unsigned_leb(table);
}

/// `place? segment`: the text has the optional place in front, the bytes have it behind.
void InstructionWriter::segment_then_place(Writer& out, const IndexSpace& segments, const IndexSpace& places) {
    const std::uint32_t place = cursor_.is_index(1) && cursor_.is_index() ? index_in(cursor_, places) : 0;
    index(out, segments);
    out.unsigned_leb(place);
}

void InstructionWriter::two_optional_indices(Writer& out, const IndexSpace& space) {
    if (!cursor_.is_index()) {
        out.unsigned_leb(0);
        out.unsigned_leb(0);
        return;
    }
    index(out, space);
    index(out, space);
}

/// `memory? offset=…? align=…?`, and a lane behind it. A single number in front of nothing else is the lane.
void InstructionWriter::memory_argument(Writer& out, unsigned natural_exponent, bool has_lane) {
    const bool more_follows = cursor_.is_index(1) || is_setting(cursor_, 1);
    const bool has_memory = cursor_.is_index() && (!has_lane || cursor_.kind() == TokenKind::id || more_follows);
    const std::uint32_t memory = has_memory ? index_in(cursor_, module_.memories) : 0;
    const std::uint64_t offset = accept_setting(cursor_, "offset=").value_or(0);
    const std::uint64_t exponent = alignment(cursor_, natural_exponent);
    // spec: binary-memarg. A memory other than the first is marked in the byte of the alignment.
    constexpr std::uint64_t kHasMemory = 0x40;
    out.unsigned_leb(memory == 0 ? exponent : exponent | kHasMemory);
    if (memory != 0) out.unsigned_leb(memory);
    out.unsigned_leb(offset);
    if (has_lane) lane(out);
}

void InstructionWriter::lane(Writer& out) {
    const Token& token = cursor_.expect(TokenKind::natural);
    const std::optional<std::uint64_t> value = natural_value(cursor_.text(token));
    if (!value || *value > 0xFF) fail(ErrorCode::lane_out_of_range, token.begin);
    out.byte(static_cast<std::uint8_t>(*value));
}

void InstructionWriter::lanes(Writer& out) {
    constexpr unsigned kLanes = 16;
    for (unsigned i = 0; i < kLanes; ++i) {
        if (cursor_.kind() == TokenKind::open || cursor_.kind() == TokenKind::close) {
            fail(ErrorCode::invalid_lane_length, cursor_.offset());
        }
        if (is_number(cursor_) && cursor_.kind() != TokenKind::natural) {
            fail(ErrorCode::lane_out_of_range, cursor_.offset());
        }
        lane(out);
    }
    if (is_number(cursor_)) fail(ErrorCode::invalid_lane_length, cursor_.offset());
}

/// `(result type*)*`
void InstructionWriter::select_types(Writer& out) {
    Writer types;
    std::uint32_t count = 0;
    while (cursor_.accept_open("result")) {
        while (optional_value_type(cursor_, module_.types.ids(), types))
            ++count;
        cursor_.close();
    }
    out.unsigned_leb(count);
    out.append(types.bytes());
}

void InstructionWriter::reference_test(Op op, Writer& out) {
    const RefType type = ref_type(cursor_, module_.types.ids());
    const Op of_null = op == Op::ref_test ? Op::ref_test_null : Op::ref_cast_null;
    write_opcode(out, type.is_nullable ? of_null : op);
    out.signed_leb(type.heap);
}

void InstructionWriter::cast(Writer& out) {
    const std::uint32_t target = labels_.index(cursor_);
    const RefType from = ref_type(cursor_, module_.types.ids());
    const RefType to = ref_type(cursor_, module_.types.ids());
    out.byte(static_cast<std::uint8_t>((from.is_nullable ? 1 : 0) | (to.is_nullable ? 2 : 0)));
    out.unsigned_leb(target);
    out.signed_leb(from.heap);
    out.signed_leb(to.heap);
}

/// A type, then a field of it, a number, a segment or another type.
void InstructionWriter::type_then(Writer& out, Immediate immediate) {
    const std::uint32_t type = index_in(cursor_, module_.types.ids());
    out.unsigned_leb(type);
    if (immediate == Immediate::type_data) module_.out.needs_data_count = true;
    if (immediate == Immediate::type_field) return out.unsigned_leb(module_.types.field(cursor_, type));
    if (immediate == Immediate::type_count) return out.unsigned_leb(cursor_.u32());
    if (immediate == Immediate::type_data) return index(out, module_.datas);
    if (immediate == Immediate::type_elem) return index(out, module_.elems);
    index(out, module_.types.ids());
}

void InstructionWriter::block_type(Writer& out) {
    constexpr std::uint8_t kNone = 0x40;
    if (cursor_.is_open("type")) return out.signed_leb(module_.types.use(cursor_, Binding::forbidden).index);
    const std::uint32_t offset = cursor_.offset();
    const Signature written = signature(cursor_, module_.types.ids(), Binding::forbidden);
    if (written.is_empty()) return out.byte(kNone);
    if (written.param_count == 0 && written.result_count == 1) return out.append(written.results.bytes());
    out.signed_leb(module_.types.index_of(written, offset));
}

void InstructionWriter::catch_clauses(Writer& out) {
    Writer clauses;
    std::uint32_t count = 0;
    while (catch_clause(clauses))
        ++count;
    out.unsigned_leb(count);
    out.append(clauses.bytes());
}

/// Takes a clause, if one is next.
bool InstructionWriter::catch_clause(Writer& out) {
    // In the order of their numbers; the first two name a tag.
    constexpr std::string_view kClauses[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    for (std::uint8_t number = 0; number < std::size(kClauses); ++number) {
        if (!cursor_.accept_open(kClauses[number])) continue;
        out.byte(number);
        if (number < 2) index(out, module_.tags);
        label(out);
        cursor_.close();
        return true;
    }
    return false;
}

} // namespace detent::text
