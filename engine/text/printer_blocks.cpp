// Blocks, their labels, and what branches to them.
#include "engine/text/number_text.hpp"
#include "engine/text/printer_instructions.hpp"
#include "engine/text/printer_types.hpp"

namespace detent::text::printer {

namespace {

/// How a label without a name is told from others: the depth of its block in the function, which is 0.
std::string depth_comment(std::size_t depth) { return " (;@" + decimal(depth) + ";)"; }

} // namespace

/// A label's identifier stands for the innermost block that has it, so that any other is given by its number.
void InstructionPrinter::label(Input& in) {
    const std::uint32_t number = in.u32();
    if (number >= open_.size()) {
        out_ << " " << decimal(number);
        return;
    }
    const std::size_t target = open_.size() - 1 - number;
    const std::string_view id = open_[target].label;
    if (!id.empty() && innermost_[id] == target) {
        out_ << " " << id;
    } else {
        out_ << " " << decimal(number) << depth_comment(target);
    }
}

void InstructionPrinter::label_table(Input& in) {
    for (std::uint32_t left = in.count(); left != 0; --left)
        label(in);
    label(in);
}

void InstructionPrinter::open(Op op, Input& in) {
    Block block;
    block.is_if = op == Op::if_;
    const std::uint32_t number = opened_++;
    out_ << context_.bind(labels_, number);
    if (const Identifiers::Entry* found = labels_.find(number)) block.label = found->id;
    if (block.label.empty()) out_ << depth_comment(open_.size());
    block_type(in);
    // The clauses are outside of the block that they belong to.
    if (op == Op::try_table) catch_clauses(in);
    if (!block.label.empty()) {
        std::size_t& innermost = innermost_[block.label];
        block.outer = innermost;
        innermost = open_.size();
    }
    open_.push_back(block);
}

void InstructionPrinter::close() noexcept {
    const Block& block = open_.back();
    if (!block.label.empty()) innermost_.find(block.label)->second = block.outer;
    open_.pop_back();
}

// spec: binary-blocktype
void InstructionPrinter::block_type(Input& in) {
    constexpr std::uint8_t kEmpty = 0x40;
    const std::uint32_t begin = in.position();
    const std::uint8_t first = in.peek();
    if (first == kEmpty) {
        static_cast<void>(in.byte());
    } else if (first > kEmpty && first < 0x80) {
        // A byte in this range is a negative number of one byte: a value type.
        out_ << " (result " << value_type(context_, in) << ")";
    } else {
        const std::int64_t type = in.s33();
        if (type < 0) refuse(ErrorCode::malformed_block_type, begin);
        append_type_use(out_, context_, static_cast<std::uint32_t>(type));
    }
}

// spec: binary-catch
void InstructionPrinter::catch_clauses(Input& in) {
    constexpr std::string_view kKeywords[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    constexpr std::uint8_t kCatchAll = 2;
    for (std::uint32_t left = in.count(); left != 0; --left) {
        const std::uint8_t clause = in.byte_below(4, ErrorCode::illegal_opcode);
        out_ << " (" << kKeywords[clause];
        if (clause < kCatchAll) index(NameKind::tag, in);
        label(in);
        out_ << ")";
    }
}

} // namespace detent::text::printer
