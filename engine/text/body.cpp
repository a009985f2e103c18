#include "engine/text/body.hpp"

namespace detent::text {

namespace {

constexpr std::uint8_t kElse = 0x05;
constexpr std::uint8_t kEnd = 0x0B;

bool is_block(Op op) noexcept { return op == Op::block || op == Op::loop || op == Op::try_table; }

} // namespace

const IndexSpace& Body::no_locals() {
    static const IndexSpace none(Space::local);
    return none;
}

void Body::sequence(Chunk& code) {
    code_ = &code;
    frames_.push_back({.kind = Kind::body});
    while (frames_.size() > 1 || cursor_.kind() != TokenKind::close)
        step();
    frames_.pop_back();
    code.bytes.byte(kEnd);
}

void Body::folded(Chunk& code) {
    code_ = &code;
    if (cursor_.kind() != TokenKind::open) cursor_.unexpected();
    frames_.push_back({.kind = Kind::body});
    do {
        step();
    } while (frames_.size() > 1);
    frames_.pop_back();
    code.bytes.byte(kEnd);
}

void Body::step() {
    if (cursor_.kind() == TokenKind::open) return open_group();
    if (cursor_.kind() == TokenKind::close) return close_group();
    word();
}

void Body::open_group() {
    const Kind kind = frames_.back().kind;
    if (kind == Kind::folded_if && cursor_.accept_open("then")) return open_then();
    if (kind == Kind::folded_if_then_done && cursor_.accept_open("else")) return open_else();
    if (kind == Kind::folded_if_then_done || kind == Kind::folded_if_else_done) cursor_.unexpected();
    open_folded();
}

void Body::open_folded() {
    const std::optional<bool> hint = take_hint(cursor_.at());
    cursor_.expect(TokenKind::open);
    Frame frame = instruction(hint);
    if (is_block(frame.op)) return begin_block(frame, Kind::folded_block);
    frame.kind = frame.op == Op::if_ ? Kind::folded_if : Kind::folded_plain;
    wait(frame);
    frames_.push_back(frame);
}

/// The operands of the `if` are written, so it follows; its label is open from here on.
void Body::open_then() {
    Frame& frame = frames_.back();
    emit(frame);
    push_label(frame.label);
    frame.kind = Kind::folded_if_then_done;
    frames_.push_back({.kind = Kind::folded_then});
}

void Body::open_else() {
    frames_.back().kind = Kind::folded_if_else_done;
    code_->bytes.byte(kElse);
    frames_.push_back({.kind = Kind::folded_else});
}

void Body::close_group() {
    const Frame frame = frames_.back();
    switch (frame.kind) {
    case Kind::body:
    case Kind::block:
    case Kind::if_:
    case Kind::else_:
    case Kind::folded_if: cursor_.unexpected();
    case Kind::folded_plain: emit(frame); break;
    case Kind::folded_block:
    case Kind::folded_if_then_done:
    case Kind::folded_if_else_done: end_block(); break;
    case Kind::folded_then:
    case Kind::folded_else: break;
    }
    frames_.pop_back();
    cursor_.close();
}

/// What stands outside parentheses: an instruction or a delimiter.
void Body::word() {
    switch (frames_.back().kind) {
    case Kind::folded_plain:
    case Kind::folded_if:
    case Kind::folded_if_then_done:
    case Kind::folded_if_else_done: cursor_.unexpected();
    case Kind::body:
    case Kind::block:
    case Kind::if_:
    case Kind::else_:
    case Kind::folded_block:
    case Kind::folded_then:
    case Kind::folded_else: break;
    }
    if (cursor_.is_keyword(to_text(Op::end))) return delimiter_end();
    if (cursor_.is_keyword(to_text(Op::else_))) return delimiter_else();
    Frame frame = instruction(std::nullopt);
    if (is_block(frame.op)) return begin_block(frame, Kind::block);
    wait(frame);
    emit(frame);
    if (frame.op != Op::if_) return;
    frame.kind = Kind::if_;
    push_label(frame.label);
    frames_.push_back(frame);
}

void Body::delimiter_else() {
    if (frames_.back().kind != Kind::if_) cursor_.unexpected();
    cursor_.next();
    check_label();
    frames_.back().kind = Kind::else_;
    code_->bytes.byte(kElse);
}

void Body::delimiter_end() {
    const Kind kind = frames_.back().kind;
    if (kind != Kind::block && kind != Kind::if_ && kind != Kind::else_) cursor_.unexpected();
    cursor_.next();
    check_label();
    end_block();
    frames_.pop_back();
}

/// An identifier behind `else` or `end` repeats that of the block.
void Body::check_label() {
    const std::uint32_t offset = cursor_.offset();
    const std::string_view id = cursor_.optional_id();
    if (!id.empty() && id != labels_.innermost()) fail(ErrorCode::mismatching_label, offset);
}

/// Hints stand in front of a folded instruction's parenthesis, or of the keyword.
std::optional<bool> Body::take_hint(std::uint32_t token) { return module_.annotations.take_hint(token); }

Body::Frame Body::instruction(std::optional<bool> hint) {
    Frame frame{.kind = Kind::body};
    const std::optional<bool> nearer = take_hint(cursor_.at());
    frame.hint = nearer ? nearer : hint;
    frame.text_offset = cursor_.offset();
    if (cursor_.kind() != TokenKind::keyword) cursor_.unexpected();
    const std::optional<Op> op = op_of(cursor_.word());
    if (!op) cursor_.unexpected();
    frame.op = *op;
    if (frame.hint && frame.op != Op::if_ && frame.op != Op::br_if) {
        fail(ErrorCode::hint_invalid_target, frame.text_offset);
    }
    cursor_.next();
    return frame;
}

void Body::begin_block(Frame frame, Kind kind) {
    frame.kind = kind;
    wait(frame);
    // The clauses of a try_table are outside its label.
    if (frame.op == Op::try_table) writer_.catch_clauses(waiting_);
    emit(frame);
    push_label(frame.label);
    frames_.push_back(frame);
}

void Body::wait(Frame& frame) {
    frame.waits_from = waiting_.size();
    if (is_block(frame.op) || frame.op == Op::if_) frame.label = cursor_.optional_id();
    writer_.plain(frame.op, waiting_);
}

void Body::emit(const Frame& frame) {
    code_->came_from(frame.text_offset);
    if (frame.hint) hints_.push_back({static_cast<std::uint32_t>(code_->bytes.size()), *frame.hint});
    code_->bytes.append(waiting_.bytes().subspan(frame.waits_from));
    waiting_.truncate(frame.waits_from);
}

void Body::end_block() {
    code_->bytes.byte(kEnd);
    labels_.pop();
}

void Body::push_label(std::string_view id) {
    labels_.push(id);
    label_ids_.push_back(id);
}

} // namespace detent::text
