// Blocks and transfers of control.
#include "engine/valid/rules.hpp"

namespace detent {

bool Rules::begin(ByteRange range) noexcept {
    in_ = Reader(module_.bytes.span(), range.begin, range.end);
    usual_globals_ = is_constant_ ? 0 : static_cast<std::uint8_t>(std::min<std::size_t>(module_.globals.size(), 128));
    has_usual_memory_ = !module_.memories.empty() && memory_address(MemIdx{0}) == AddressType::i32;
    frames_.truncate(0);
    blocks_ = 0;
    position_ = range.begin;
    return operands_.reset();
}

// spec: valid-blocktype
Result<BlockSignature> Rules::block_type_in_full() noexcept {
    DETENT_TRY(const BlockType type, read_block_type(in_, context_.features));
    switch (type.kind) {
    case BlockType::Kind::empty: break;
    case BlockType::Kind::value: DETENT_CHECK(known_type(type.value)); return BlockSignature(type.value);
    case BlockType::Kind::type:
        DETENT_CHECK(known_type(type.type, CompositeKind::func));
        return BlockSignature(module_.func_type(type.type));
    }
    return BlockSignature();
}

/// A frame whose parameters have been popped; they are to be its first operands.
Status Rules::open_frame(Op op, const BlockSignature& type) noexcept {
    if (frames_.size() >= context_.limits[Limit::block_depth]) return limit(Limit::block_depth, position_);
    if (!frames_.emplace_back(op, type, set_locals_.count()) || !operands_.enter()) return kOutOfMemory;
    frames_.back().label_words = words_of(frames_.back().label_types());
    return ok();
}

// spec: valid-if
Status Rules::second_arm() noexcept {
    Frame& frame = frames_.back();
    if (frame.op != Op::if_) return error(ErrorCode::end_opcode_expected);
    DETENT_CHECK(pop_results(frame));
    frame.op = Op::else_;
    set_locals_.forget(frame.set_locals);
    operands_.enter_again();
    return ok();
}

/// Ends the innermost block, and says of which type it was. Its results are to be pushed.
Result<BlockSignature> Rules::close_frame() noexcept {
    const Frame& frame = frames_.back();
    DETENT_CHECK(pop_results(frame));
    // An `if` without a second arm hands its parameters on.
    if (frame.op == Op::if_) DETENT_CHECK(agreed(are_subtypes_of(frame.type.parameters(), frame.type.results())));
    set_locals_.forget(frame.set_locals);
    operands_.leave();
    const BlockSignature type = frame.type;
    frames_.pop_back();
    return type;
}

Status Rules::pop_results(const Frame& frame) noexcept {
    DETENT_CHECK(pop(frame.type.results()));
    return agreed(operands_.at_base());
}

/// The same for a target of a `br_table`, behind the one that has the types `previous`. All targets meet the same
/// operands, so each label is compared once, and those of one type that follow one another are compared together:
/// a target is one byte, and may have a thousand types.
Status Rules::match_target(std::uint32_t depth, std::span<const ValType>& previous) noexcept {
    Frame& frame = frames_[frames_.size() - 1 - depth];
    const std::span<const ValType> types = frame.label_types();
    const bool is_one_list = types.data() == previous.data() && types.size() == previous.size();
    if (frame.table != position_ && !is_one_list) DETENT_CHECK(match_label(depth));
    frame.table = position_;
    previous = types;
    return ok();
}

/// What an exception brings are the types of the label. spec: valid-catch
Result<Jump> Rules::caught_at(const TryTable& tried, const CatchClause& clause) const noexcept {
    const std::uint32_t depth = number(clause.label);
    DETENT_CHECK(known_label(depth));
    std::span<const ValType> payload;
    if (clause.tag) {
        DETENT_CHECK(known(number(*clause.tag), module_.tags.size(), ErrorCode::unknown_tag));
        payload = module_.tag_type(*clause.tag).parameters;
    }
    std::span<const ValType> types = label_types(depth);
    if (clause.with_reference) {
        DETENT_CHECK(agreed(!types.empty() && is_subtype_of(non_null(HeapType::Abstract::exn), types.back())));
        types = types.first(types.size() - 1);
    }
    DETENT_CHECK(agreed(are_subtypes_of(payload, types)));
    const std::uint32_t base = operands_.base_words(depth);
    return Jump{position_, frame_of(depth).label_words, tried.words > base ? tried.words - base : 0};
}

/// What follows is not reached. spec: valid-unreachable
Status Rules::transfer() noexcept {
    operands_.make_unreachable();
    return ok();
}

// spec: valid-return
Status Rules::return_() noexcept {
    DETENT_CHECK(pop(frames_[0].type.results()));
    return transfer();
}

/// As `keep_label_types`, where the last of them goes along with the branch only.
Status Rules::keep_label_types_but_last(std::uint32_t depth) noexcept {
    const std::span<const ValType> types = label_types(depth);
    DETENT_CHECK(agreed(!types.empty()));
    DETENT_CHECK(pop(types));
    return push(types.first(types.size() - 1));
}

// spec: valid-throw
Status Rules::throw_() noexcept {
    DETENT_TRY(const std::uint32_t tag, in_.u32());
    DETENT_CHECK(known(tag, module_.tags.size(), ErrorCode::unknown_tag));
    DETENT_CHECK(pop(module_.tag_type(TagIdx{tag}).parameters));
    return transfer();
}

// spec: valid-throw_ref
Status Rules::throw_ref() noexcept {
    DETENT_CHECK(pop(kExnRef));
    return transfer();
}

} // namespace detent
