// detent bisect: where two runs of the same differ, to the instruction.
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/parting.hpp"
#include "cli/side.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace detent::cli {

namespace {

struct BisectOptions {
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
        found_.used = window.same;
        if (differ({}, window.same)) return found_; // they begin as two things
        const Moment begun = at(first_, {}, window.same);
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

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text.empty() ? "none" : text;
}

void print_people(const Found& found, const std::optional<Place>& place, const std::vector<Difference>& list) {
    const std::string behind = ", behind " + grouped(found.used.units()) + " fuel";
    if (place && place->function) {
        std::cout << (found.is_exact ? "they part at " : "they part in lowered code behind ") << where_text(*place)
                  << behind << "\n\n";
        for (const std::string& line : place->text)
            std::cout << line << "\n";
        std::cout << "\nboth before it:\n  locals   " << joined(place->locals) << "\n  operands "
                  << joined(place->operands) << "\n\n";
    } else if (place) {
        std::cout << "they part " << where_text(*place) << behind << "\n\n";
    } else {
        std::cout << "they part" << behind << ", before any function runs\n\n";
    }
    std::vector<std::vector<std::string>> rows{{"where they are seen to differ", "first", "second"}};
    for (const Difference& each : list)
        rows.push_back({each.what, each.first, each.second});
    std::cout << table(rows) << grouped(found.runs) << " runs\n";
}

/// Where it is, without what is there.
Json to_json(const Place& place) {
    Json object = Json::object();
    if (place.contract) {
        object["contract"] = place.contract->address;
        object["call_depth"] = place.contract->depth;
    }
    if (place.function) {
        object["function"] = *place.function;
        object["position"] = place.position;
    }
    return object;
}

Json to_json(const Found& found, const std::optional<Place>& place, const std::vector<Difference>& list) {
    Json object{{"differs", true},
                {"exact", found.is_exact},
                {"fuel", std::to_string(found.used.units())},
                {"runs", found.runs}};
    if (place) object.update(to_json(*place));
    if (place && place->function) {
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
        if (where) object.update(to_json(*where));
        print_json(object);
    } else {
        std::cout << "they part between " << grouped(window.same.units()) << " fuel and " << end << "\n";
        if (where) std::cout << "where that begins: " << where_text(*where) << "\n";
    }
    return ExitCode::failed;
}

ExitCode bisect(const BisectOptions& options, bool json) {
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
    const std::vector<Difference> list = differences(found->first, found->second, place.file("shown"));
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
        "  detent bisect old/detent new/detent -- call --state chain.json 0x5c0f... --from bob --input 02\n"
        "A side is a build of detent, with options of its own; a file of commitments; or `exec:COMMAND`, which\n"
        "answers lines of JSON (docs/bisect.md). What stands behind -- is what `detent run` is to do; or `call`, and\n"
        "what `detent call` is to do, which leaves the state as it is.\n");
    auto options = std::make_shared<BisectOptions>();
    command.add_option("FIRST", options->first, "One side")->type_name("")->required();
    command.add_option("SECOND", options->second, "The other")->type_name("")->required();
    command.add_option("TASK", options->task, "A module, and options of `detent run`; or `call`, and its options")
        ->type_name("")
        ->required();
    command.add_option("--commit-every", options->every, "Units of fuel in a window")
        ->type_name("N")
        ->capture_default_str();
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return bisect(*options, program.json); }; });
}

} // namespace detent::cli
