#include "cli/parting.hpp"

#include "cli/files.hpp"
#include "cli/function_names.hpp"
#include "cli/output.hpp"
#include "cli/saved_file.hpp"
#include "cli/text.hpp"

#include "engine/exec/machine.hpp"
#include "engine/exec/state.hpp"
#include "engine/text/printer.hpp"
#include "host_abi/transaction_state.hpp"

#include <algorithm>
#include <map>

namespace detent::cli {

namespace {

std::string hex_of(ByteView bytes) { return "0x" + to_hex(bytes); }

/// What a saved file holds.
class Saved {
  public:
    explicit Saved(const std::string& file) : saved_(read_saved(file)) {
        if (const auto* const continued = std::get_if<ContinuedCall>(&saved_)) {
            transaction_ = described(continued->transaction, file);
            execution_ = continued->transaction.execution();
        } else {
            execution_ = &std::get<Continued>(saved_).loaded.execution;
        }
        if (execution_ != nullptr) state_ = take(capture(*execution_), file);
    }

    Saved(const Saved&) = delete;
    Saved& operator=(const Saved&) = delete;
    ~Saved() = default;

    /// Null before a transaction has paid its price.
    [[nodiscard]] const ExecutionState* state() const noexcept { return state_ ? &*state_ : nullptr; }
    /// Null of what is an execution alone.
    [[nodiscard]] const saved::TransactionState* transaction() const noexcept {
        return transaction_ ? &*transaction_ : nullptr;
    }
    [[nodiscard]] const Module& module_of(const FrameState& frame) const noexcept {
        return execution_->machine().store().instances()[frame.instance].module();
    }

  private:
    [[nodiscard]] static saved::TransactionState described(const Transaction& transaction, const std::string& file) {
        const Bytes bytes = take(transaction.save(), file);
        saved::TransactionState all;
        ArchiveReader in(bytes.span());
        saved::visit(in, all);
        return all;
    }

    std::variant<Continued, ContinuedCall> saved_;
    const Execution* execution_ = nullptr;
    std::optional<ExecutionState> state_;
    std::optional<saved::TransactionState> transaction_;
};

/// The lines of the module's text around an offset, that one marked.
std::vector<std::string> text_around(const Module& module, std::uint32_t position) {
    constexpr std::size_t kAround = 4;
    const Result<std::string> printed = text::print_module(module.bytes.span(), {.offsets = true});
    if (printed.has_error()) return {};
    const std::string& all = printed.assume_value();
    const std::string mark = "(;0x" + to_hex(position, 0) + ";)";
    std::vector<std::string> lines;
    std::size_t found = 0;
    for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = std::min(all.find('\n', begin), all.size());
        if (all.substr(begin, end - begin).find(mark) != std::string::npos) found = lines.size();
        lines.push_back(all.substr(begin, end - begin));
        begin = end + 1;
    }
    const std::size_t first = found > kAround ? found - kAround : 0;
    std::vector<std::string> around;
    for (std::size_t i = first; i < std::min(lines.size(), found + kAround + 1); ++i)
        around.push_back((i == found ? "> " : "  ") + lines[i]);
    return around;
}

/// A state as what people compare: a name and a value for each thing in it.
using Things = std::map<std::string, std::string>;

void add_words(Things& things, const std::string& name, std::span<const std::uint64_t> words) {
    for (std::size_t i = 0; i < words.size(); ++i)
        things[name + " " + std::to_string(i)] = "0x" + to_hex(words[i], 16);
}

void add_execution(Things& things, const ExecutionState& state) {
    things["frames"] = std::to_string(state.frames.size());
    for (std::size_t i = 0; i < state.frames.size(); ++i) {
        const FrameState& frame = state.frames[i];
        const std::string name = "frame " + std::to_string(i);
        things[name + " function"] = std::to_string(frame.function);
        things[name + " position"] = "0x" + to_hex(frame.position, 0);
        add_words(things, name + " local word", frame.locals.span());
        add_words(things, name + " operand word", frame.operands.span());
    }
    for (std::size_t i = 0; i < state.entries.size(); ++i) {
        const std::string name = "entry " + std::to_string(i);
        things[name + " phase"] = std::to_string(state.entries[i].phase);
        things[name + " limit"] = grouped(state.entries[i].limit);
    }
    add_words(things, "global word", state.globals.span());
    for (std::size_t i = 0; i < state.tables.size(); ++i)
        add_words(things, "table " + std::to_string(i) + " element", state.tables[i].span());
    for (std::size_t i = 0; i < state.objects.size(); ++i)
        things["object " + std::to_string(i)] = to_hex(state.objects[i].bytes.span());
    things["heap debt"] = std::to_string(state.heap_debt);
}

void add_changes(Things& things, const std::string& name, const Buffer<saved::ChangeState>& changes) {
    for (const saved::ChangeState& change : changes) {
        std::string what = name;
        (what += ' ') += hex_of(change.address.view());
        what += change.key.empty() ? " account" : " key " + hex_of(change.key.span());
        things[what] = change.is_present != 0 ? hex_of(change.value.span()) : "removed";
    }
}

void add_contract(Things& things, const std::string& name, const saved::ContractState& contract) {
    things[name + " code"] = hex_of(contract.code_hash.view());
    things[name + " address"] = hex_of(contract.self.view());
    things[name + " caller"] = hex_of(contract.caller.view());
    things[name + " value"] = grouped(contract.value);
    things[name + " is static"] = std::to_string(contract.is_static);
    things[name + " allows re-entry"] = std::to_string(contract.allows_reentry);
    things[name + " is creation"] = std::to_string(contract.is_creation);
    things[name + " input"] = hex_of(contract.input.span());
    things[name + " output"] = hex_of(contract.output.span());
    things[name + " return data"] = hex_of(contract.return_data.span());
    add_changes(things, name + " storage of", contract.changes);
    add_changes(things, name + " transient storage of", contract.transient);
    for (std::size_t i = 0; i < contract.events.size(); ++i) {
        const Event& event = contract.events[i].event;
        things[name + " event " + std::to_string(i)] =
            hex_of(event.address.view()) + " " + hex_of(event.topic.span()) + " " + hex_of(event.data.span());
    }
}

void add_transaction(Things& things, const saved::TransactionState& all) {
    things["schedule"] = hex_of(all.schedule.view());
    things["profile"] = hex_of(all.profile.view());
    things["state root"] = hex_of(all.root.view());
    things["block height"] = grouped(all.height);
    things["block time"] = grouped(all.time);
    things["chain id"] = grouped(all.chain_id);
    things["deploys"] = std::to_string(all.kind);
    things["from"] = hex_of(all.from.view());
    things["to"] = hex_of(all.to.view());
    things["value"] = grouped(all.value);
    things["salt"] = grouped(all.salt);
    things["limit"] = grouped(all.limit);
    things["input"] = hex_of(all.input.span());
    things["code"] = hex_of(all.code.span());
    things["contract calls"] = std::to_string(all.contracts.size());
    for (std::size_t i = 0; i < all.contracts.size(); ++i)
        add_contract(things, "contract call " + std::to_string(i), all.contracts[i]);
}

/// Of an end, what `run --json` or `call --json` says of it; elements of lists by their numbers.
void add_outcome(Things& things, const std::string& outcome) {
    const Json all = Json::parse(outcome);
    for (const auto& [key, value] : all.items()) {
        if (!value.is_array()) things["ends with " + key] = value.dump();
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
            things["ends with " + key + " " + std::to_string(i)] = value[i].dump();
    }
}

/// `saved` is what a pause has left, null of an end.
Things things_of(const Moment& moment, const Saved* saved) {
    Things things{{"status", moment.status}, {"fuel used", grouped(moment.used)}};
    if (saved == nullptr) {
        add_outcome(things, moment.outcome);
        return things;
    }
    if (saved->transaction() != nullptr) add_transaction(things, *saved->transaction());
    if (saved->state() != nullptr) add_execution(things, *saved->state());
    return things;
}

/// The lines of 16 bytes of memories that differ.
void add_memories(Things& one, Things& two, const ExecutionState& first, const ExecutionState& second) {
    constexpr std::size_t kLine = 16;
    const auto line_of = [](const MemoryState& memory, std::uint64_t at) {
        const auto piece = static_cast<std::uint32_t>(at / MemoryState::kPieceBytes);
        const auto found = std::ranges::lower_bound(memory.pieces, piece);
        if (found == memory.pieces.end() || *found != piece) return std::vector<std::uint8_t>(kLine);
        const auto before = static_cast<std::size_t>(found - memory.pieces.begin()) * MemoryState::kPieceBytes;
        const std::uint64_t begin = before + at % MemoryState::kPieceBytes;
        const std::uint64_t end = std::min<std::uint64_t>(begin + kLine, memory.bytes.size());
        return std::vector<std::uint8_t>(memory.bytes.begin() + begin, memory.bytes.begin() + end);
    };
    for (std::size_t i = 0; i < std::min(first.memories.size(), second.memories.size()); ++i) {
        const MemoryState& left = first.memories[i];
        const MemoryState& right = second.memories[i];
        const std::string name = "memory " + std::to_string(i);
        one[name + " bytes"] = std::to_string(left.size);
        two[name + " bytes"] = std::to_string(right.size);
        std::vector<std::uint32_t> pieces(left.pieces.begin(), left.pieces.end());
        pieces.insert(pieces.end(), right.pieces.begin(), right.pieces.end());
        std::ranges::sort(pieces);
        for (const std::uint32_t piece : pieces) {
            for (std::uint64_t at = 0; at < MemoryState::kPieceBytes; at += kLine) {
                const std::uint64_t address = piece * MemoryState::kPieceBytes + at;
                const auto own = line_of(left, address);
                const auto other = line_of(right, address);
                if (own == other) continue;
                one[name + " at 0x" + to_hex(address, 8)] = to_hex(own);
                two[name + " at 0x" + to_hex(address, 8)] = to_hex(other);
            }
        }
    }
}

/// Of a moment that is a pause.
std::optional<Saved> saved_of(const Moment& moment, const std::string& scratch) {
    if (!moment.is_paused()) return std::nullopt;
    write_file(scratch, std::string_view(moment.saved));
    return std::optional<Saved>(std::in_place, scratch);
}

/// Whether the innermost entry has no frame.
bool is_at_entry(const ExecutionState& state) noexcept {
    return state.entries.empty() || state.entries.back().first_frame == state.frames.size();
}

/// What the top frame is of, and has.
void describe_frame(Place& place, const Module& module, const FrameState& top) {
    place.function = FunctionNames(module).text(FuncIdx{top.function});
    place.position = top.position;
    place.text = text_around(module, top.position);
    for (const std::uint64_t word : top.locals)
        place.locals.push_back("0x" + to_hex(word, 16));
    for (const std::uint64_t word : top.operands)
        place.operands.push_back("0x" + to_hex(word, 16));
}

} // namespace

std::optional<Place> place_of(const std::string& file) {
    if (file.empty()) return std::nullopt;
    const Saved saved(file);
    const ExecutionState* const state = saved.state();
    Place place;
    if (saved.transaction() != nullptr && !saved.transaction()->contracts.empty()) {
        const Buffer<saved::ContractState>& contracts = saved.transaction()->contracts;
        place.contract = {hex_of(contracts.back().self.view()), contracts.size() - 1};
    }
    if (state != nullptr && !is_at_entry(*state)) {
        describe_frame(place, saved.module_of(state->frames.back()), state->frames.back());
    } else if (!place.contract) {
        return std::nullopt;
    }
    return place;
}

std::string where_text(const Place& place) {
    const std::string contract = place.contract ? "contract " + place.contract->address : "";
    if (!place.function) return "where " + contract + " is entered";
    return "0x" + to_hex(place.position, 0) + " in " + *place.function + (place.contract ? " of " + contract : "");
}

std::vector<Difference> differences(const Moment& first, const Moment& second, const std::string& scratch) {
    const std::optional<Saved> left = saved_of(first, scratch);
    const std::optional<Saved> right = saved_of(second, scratch);
    Things one = things_of(first, left ? &*left : nullptr);
    Things two = things_of(second, right ? &*right : nullptr);
    if (left && right && left->state() != nullptr && right->state() != nullptr)
        add_memories(one, two, *left->state(), *right->state());
    std::vector<Difference> list;
    const auto value = [](const Things& things, const std::string& name) {
        const auto at = things.find(name);
        return at == things.end() ? std::string("none") : at->second;
    };
    Things all = one;
    all.insert(two.begin(), two.end());
    for (const auto& [name, _] : all) {
        if (value(one, name) != value(two, name)) list.push_back({name, value(one, name), value(two, name)});
    }
    return list;
}

} // namespace detent::cli
