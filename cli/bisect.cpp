// detent bisect: where two runs of the same differ, to the instruction.
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/function_names.hpp"
#include "cli/output.hpp"
#include "cli/saved_file.hpp"
#include "cli/side.hpp"
#include "cli/text.hpp"

#include "engine/exec/state.hpp"
#include "engine/text/printer.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

namespace detent::cli {

namespace {

struct Options {
    std::string first;
    std::string second;
    std::vector<std::string> task;
    std::string every = "1048576";
};

/// A folder that goes with everything in it.
class Workplace {
  public:
    Workplace() {
        std::string name = (std::filesystem::temp_directory_path() / "detent-bisect-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw Failure(ExitCode::fault, name, "cannot be made");
        folder_ = name;
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    ~Workplace() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

  private:
    std::filesystem::path folder_;
};

/// The window in which chains part: what both had used where they agreed last on a state with its heap, and the least
/// that one had used where they did not agree.
struct Window {
    Fuel same;
    std::optional<Fuel> other;
};

Window window_of(std::span<const Commitment> one, std::span<const Commitment> two) {
    const auto [left, right] = std::ranges::mismatch(one, two);
    Window window;
    for (auto each = one.begin(); each != left; ++each) {
        if (each->has_heap) window.same = each->used;
    }
    if (left != one.end()) window.other = left->used;
    if (right != two.end()) window.other = std::min(window.other.value_or(right->used), right->used);
    return window;
}

/// What is found: where both were in one state last, and what they were in where they were seen to differ.
struct Found {
    Fuel used;
    /// The file of the state; empty where they differ before there is one.
    std::string state;
    Moment first;
    Moment second;
    /// Whether the instruction that comes next in that state is the one, and not one of those up to where they differ.
    bool is_exact = false;
    std::size_t runs = 0;
};

/// All runs begin at the last state before the window in which the chains part. Pauses are exact, but what comes just
/// before one the stepper executes (docs/fast-tier.md): if it does nothing wrong, a difference shows only some way
/// behind the instruction that makes it. Then each instruction is lowered alone, and where both *begin* is what is
/// bisected: they differ as long as they begin no later than at that instruction.
class Bisection {
  public:
    Bisection(Side& first, Side& second, const Workplace& place) : first_(first), second_(second), place_(place) {}

    /// Nothing where both end alike and no state differs.
    [[nodiscard]] std::optional<Found> run(Fuel every) {
        const Window window = window_of(first_.chain(every), second_.chain(every));
        found_.runs = 2;
        const Moment begun = at(first_, {}, window.same);
        found_.used = window.same;
        if (begun.is_paused()) found_.state = kept("begin", begun, found_.used);
        base_ = found_.state;
        Fuel end = window.other.value_or(Fuel::maximum());
        if (differ(base_, end) || differ(base_, Fuel::maximum())) {
            // Who was granted what it used in all ends as it does with more.
            end = std::min(end, Fuel(std::max(found_.first.used, found_.second.used)));
            narrow(end);
            return found_;
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] Moment at(Side& side, const std::string& from, Fuel pause, const std::string& tier = "") {
        ++found_.runs;
        return side.at(from, pause, place_.file("moment"), tier);
    }

    [[nodiscard]] std::string kept(const std::string& name, const Moment& moment, Fuel& used) {
        std::string path = place_.file(name);
        write_file(path, std::string_view(moment.saved));
        used = Fuel(moment.used);
        return path;
    }

    /// Whether both differ where so much may be used; what they are in then is kept.
    [[nodiscard]] bool differ(const std::string& from, Fuel pause, const std::string& tier = "") {
        const Moment first = at(first_, from, pause, tier);
        const Moment second = at(second_, from, pause, tier);
        if (first == second) return false;
        found_.first = first;
        found_.second = second;
        return true;
    }

    /// The least pause at which they differ, between one at which they do not and one at which they do.
    [[nodiscard]] Fuel least(Fuel same, Fuel other, const std::string& tier) {
        while (other > same + Fuel(1)) {
            const Fuel middle(same.units() + (other - same).units() / 2);
            (differ(base_, middle, tier) ? other : same) = middle;
        }
        return other;
    }

    void narrow(Fuel end) {
        const Fuel begin = found_.used;
        const Fuel shown = least(begin, end, "");
        const Moment before = at(first_, base_, shown - Fuel(1));
        if (before.is_paused()) {
            Fuel used = begin;
            const std::string last = kept("last", before, used);
            if (differ(last, shown)) {
                found_.state = last;
                found_.used = used;
                found_.is_exact = true;
                return;
            }
        }
        // The differences to show, if no more is found.
        static_cast<void>(differ(base_, shown));
        find_lowered(begin, shown);
    }

    /// More than is ever between two checks of lowered code.
    static constexpr std::uint64_t kFurther = 1024;

    void find_lowered(Fuel begin, Fuel shown) {
        const std::string kSingle = "single";
        Fuel end = shown + Fuel(kFurther);
        if (base_.empty() || !differ(base_, end, kSingle)) return;
        end = least(begin, end, kSingle);
        Fuel early = begin;
        Fuel late = end;
        while (late > early + Fuel(1)) {
            const Fuel middle(early.units() + (late - early).units() / 2);
            const Moment start = at(first_, base_, middle, "stepper");
            Fuel used = middle;
            const std::string state = kept("start", start, used);
            if (differ(state, end, kSingle)) {
                found_.state = kept("last", start, found_.used);
                early = middle;
            } else {
                late = middle;
            }
        }
        static_cast<void>(differ(found_.state, end, kSingle));
        found_.is_exact = true;
    }

    Side& first_;
    Side& second_;
    const Workplace& place_;
    std::string base_;
    Found found_;
};

// Showing it.

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

Things things_of(const Moment& moment, const ExecutionState* state_of) {
    Things things{{"status", moment.status}, {"fuel used", grouped(moment.used)}};
    if (state_of == nullptr) {
        things["ends with"] = moment.outcome;
        return things;
    }
    const ExecutionState& state = *state_of;
    things["frames"] = std::to_string(state.frames.size());
    for (std::size_t i = 0; i < state.frames.size(); ++i) {
        const FrameState& frame = state.frames[i];
        const std::string name = "frame " + std::to_string(i);
        things[name + " function"] = std::to_string(frame.function);
        things[name + " position"] = "0x" + to_hex(frame.position, 0);
        add_words(things, name + " local word", frame.locals.span());
        add_words(things, name + " operand word", frame.operands.span());
    }
    add_words(things, "global word", state.globals.span());
    for (std::size_t i = 0; i < state.tables.size(); ++i)
        add_words(things, "table " + std::to_string(i) + " element", state.tables[i].span());
    for (std::size_t i = 0; i < state.objects.size(); ++i)
        things["object " + std::to_string(i)] = to_hex(state.objects[i].bytes.span());
    things["heap debt"] = std::to_string(state.heap_debt);
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
std::optional<ExecutionState> state_of(const Moment& moment, const Workplace& place) {
    if (!moment.is_paused()) return std::nullopt;
    const std::string path = place.file("shown");
    write_file(path, std::string_view(moment.saved));
    std::variant<Continued, ContinuedCall> saved = read_saved(path);
    const auto* const continued = std::get_if<Continued>(&saved);
    if (continued == nullptr) return std::nullopt;
    return take(capture(continued->loaded.execution), path);
}

struct Difference {
    std::string what;
    std::string first;
    std::string second;
};

std::vector<Difference> differences(const Found& found, const Workplace& place) {
    const std::optional<ExecutionState> first = state_of(found.first, place);
    const std::optional<ExecutionState> second = state_of(found.second, place);
    Things one = things_of(found.first, first ? &*first : nullptr);
    Things two = things_of(found.second, second ? &*second : nullptr);
    if (first && second) add_memories(one, two, *first, *second);
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

/// Where both stand before they part.
struct Place {
    std::string function;
    std::uint32_t position = 0;
    std::vector<std::string> text;
    std::vector<std::string> locals;
    std::vector<std::string> operands;
};

std::optional<Place> place_of(const std::string& file) {
    if (file.empty()) return std::nullopt;
    std::variant<Continued, ContinuedCall> saved = read_saved(file);
    Continued* const continued = std::get_if<Continued>(&saved);
    if (continued == nullptr) return std::nullopt;
    const ExecutionState state = take(capture(continued->loaded.execution), file);
    if (state.frames.empty()) return std::nullopt;
    const FrameState& top = state.frames.back();
    const Module& module = continued->loaded.store->instance(InstanceAddr{top.instance}).module();
    Place place{
        FunctionNames(module).text(FuncIdx{top.function}), top.position, text_around(module, top.position), {}, {}};
    for (const std::uint64_t word : top.locals)
        place.locals.push_back("0x" + to_hex(word, 16));
    for (const std::uint64_t word : top.operands)
        place.operands.push_back("0x" + to_hex(word, 16));
    return place;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text.empty() ? "none" : text;
}

void print_people(const Found& found, const std::optional<Place>& place, const std::vector<Difference>& list) {
    if (place) {
        std::cout << (found.is_exact ? "they part at 0x" : "they part in lowered code behind 0x")
                  << to_hex(place->position, 0) << " in " << place->function << ", behind "
                  << grouped(found.used.units()) << " fuel\n\n";
        for (const std::string& line : place->text)
            std::cout << line << "\n";
        std::cout << "\nboth before it:\n  locals   " << joined(place->locals) << "\n  operands "
                  << joined(place->operands) << "\n\n";
    } else {
        std::cout << "they part behind " << grouped(found.used.units()) << " fuel, before any function runs\n\n";
    }
    std::vector<std::vector<std::string>> rows{{"where they are seen to differ", "first", "second"}};
    for (const Difference& each : list)
        rows.push_back({each.what, each.first, each.second});
    std::cout << table(rows) << grouped(found.runs) << " runs\n";
}

Json to_json(const Found& found, const std::optional<Place>& place, const std::vector<Difference>& list) {
    Json object{{"differs", true},
                {"exact", found.is_exact},
                {"fuel", std::to_string(found.used.units())},
                {"runs", found.runs}};
    if (place) {
        object["function"] = place->function;
        object["position"] = place->position;
        object["text"] = place->text;
        object["locals"] = place->locals;
        object["operands"] = place->operands;
    }
    Json differences = Json::array();
    for (const Difference& each : list)
        differences.push_back({{"what", each.what}, {"first", each.first}, {"second", each.second}});
    object["differences"] = differences;
    return object;
}

/// Of a side that has only recorded what it did there are no states: the window is found, and where the other stands
/// where it begins.
ExitCode compare_recorded(Side& first, Side& second, Fuel every, const Workplace& place, bool json) {
    const std::vector<Commitment> one = first.chain(every);
    const std::vector<Commitment> two = second.chain(every);
    if (one == two) {
        if (json) print_json({{"differs", false}});
        if (!json) std::cout << "both have the same commitments\n";
        return ExitCode::done;
    }
    const Window window = window_of(one, two);
    Side* const asked = first.has_states() ? &first : second.has_states() ? &second : nullptr;
    std::string state;
    if (asked != nullptr) {
        const Moment moment = asked->at("", window.same, place.file("moment"), "");
        if (moment.is_paused()) {
            state = place.file("state");
            write_file(state, std::string_view(moment.saved));
        }
    }
    const std::optional<Place> where = place_of(state);
    const std::string end = window.other ? std::to_string(window.other->units()) : "the end";
    if (json) {
        Json object{{"differs", true}, {"fuel", std::to_string(window.same.units())}, {"until", end}};
        if (where) object["function"] = where->function;
        if (where) object["position"] = where->position;
        print_json(object);
    } else {
        std::cout << "they part between " << grouped(window.same.units()) << " fuel and " << end << "\n";
        if (where)
            std::cout << "where that begins: 0x" << to_hex(where->position, 0) << " in " << where->function << "\n";
    }
    return ExitCode::failed;
}

ExitCode bisect(const Options& options, bool json) {
    const Fuel every = parse_fuel(options.every, "--commit-every");
    if (every == Fuel()) throw wrong_usage("--commit-every", "commitments every 0 units have no end");
    const Workplace place;
    const std::unique_ptr<Side> first = Side::of(options.first, options.task);
    const std::unique_ptr<Side> second = Side::of(options.second, options.task);
    if (!first->has_states() || !second->has_states()) return compare_recorded(*first, *second, every, place, json);
    const std::optional<Found> found = Bisection(*first, *second, place).run(every);
    if (!found) {
        if (json) print_json({{"differs", false}});
        if (!json) std::cout << "both do the same\n";
        return ExitCode::done;
    }
    const std::optional<Place> where = place_of(found->state);
    const std::vector<Difference> list = differences(*found, place);
    if (json) print_json(to_json(*found, where, list));
    if (!json) print_people(*found, where, list);
    return ExitCode::failed;
}

} // namespace

void add_bisect(CLI::App& app, Program& program) {
    CLI::App& command = add_command(
        app, "bisect", "Find the first instruction that two runs of the same differ in",
        "  detent bisect old/detent new/detent -- loop.wasm --invoke loop 1000 --fuel 100000000\n"
        "  detent bisect 'detent --tier stepper' 'detent --tier fast' -- loop.wasm --invoke loop 1000\n"
        "  detent bisect detent recorded.jsonl -- loop.wasm --invoke loop 1000\n"
        "A side is a build of detent, with options of its own; a file of commitments; or `exec:COMMAND`, which\n"
        "answers lines of JSON (docs/bisect.md). What stands behind -- is what `detent run` is to do.\n");
    auto options = std::make_shared<Options>();
    command.add_option("FIRST", options->first, "One side")->type_name("")->required();
    command.add_option("SECOND", options->second, "The other")->type_name("")->required();
    command.add_option("TASK", options->task, "A module, and options of `detent run`")->type_name("")->required();
    command.add_option("--commit-every", options->every, "Units of fuel in a window")
        ->type_name("N")
        ->capture_default_str();
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return bisect(*options, program.json); }; });
}

} // namespace detent::cli
