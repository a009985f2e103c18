// How often each cell is executed, for bench/sequences: when the program ends, the cells of each run in order, on
// standard error, each as "CELL address executions passes slots element". `passes` is how often the cell behind it came
// next; `slots` is what it writes, behind a + where it can hand that on, and behind a / those that its operands are in;
// of what goes back, behind another / where it goes on.
// With DETENT_WEIGH_CELLS in the environment, the cells of each function that is lowered too, as "LOWERED ...".
#ifdef DETENT_COUNT_CELLS

#include "engine/exec/fast/element.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace detent::fast {
namespace {

constexpr const char* kKindNames[] = {"slot", "accumulator", "constant", "pin0", "pin1", "pin2", "pin3"};
constexpr const char* kPlaceNames[] = {"slot", "accumulator", "pin0", "pin1", "pin2", "pin3"};
constexpr const char* kDomainNames[] = {"word", "f64", "f32"};
constexpr const char* kWayNames[] = {"forward", "back", "around"};
constexpr const char* kStoredNames[] = {"u8",    "u16",    "u32",    "u64", "s8_32", "s16_32",
                                        "s8_64", "s16_64", "s32_64", "f32", "f64"};
constexpr const char* kRelationNames[] = {"eq",     "lt_s",   "lt_u",   "gt_s",   "gt_u",
                                          "f64_eq", "f64_lt", "f64_le", "f64_gt", "f64_ge",
                                          "f32_eq", "f32_lt", "f32_le", "f32_gt", "f32_ge"};
constexpr const char* kOpNames[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor) #identifier,
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

template <class Names, class Number>
const char* name(const Names& names, Number number) {
    return names[static_cast<std::size_t>(number)];
}

std::string list(std::initializer_list<const char*> words) {
    std::string text;
    for (const char* const word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return "(" + text + ")";
}

/// As sequences.def spells it.
std::string spelled(const Element& is) {
    const char* const first = name(kKindNames, is.first);
    const char* const second = name(kKindNames, is.second);
    const char* const third = name(kKindNames, is.third);
    const char* const place = name(kPlaceNames, is.place);
    const char* const domain = name(kDomainNames, is.domain);
    const char* const stored = name(kStoredNames, is.stored);
    const char* const relation = name(kRelationNames, is.relation);
    const char* const way = name(kWayNames, is.branch.way);
    const char* const wide = is.is_wide ? "true" : "false";
    const char* const sense = is.branch.sense ? "true" : "false";
    const std::string op = name(kOpNames, is.op);
    const std::string pins[] = {std::to_string(is.pins[0]), std::to_string(is.pins[1]), std::to_string(is.pins[2])};
    switch (is.family) {
    case Family::none: return "";
    case Family::unary: return "UNARY" + list({op.c_str(), first, place});
    case Family::binary: return "BINARY" + list({op.c_str(), first, second, place});
    case Family::load: return "LOAD" + list({stored, first, place});
    case Family::load_sum: return "LOAD_SUM" + list({stored, first, second, place});
    case Family::store: return "STORE" + list({stored, first, second});
    case Family::store_sum: return "STORE_SUM" + list({stored, first, second, third});
    case Family::move: return "MOVE" + list({domain, first, place});
    case Family::move_two: return "MOVE_TWO()";
    case Family::constant: return "CONSTANT" + list({domain, place});
    case Family::select: return "SELECT" + list({first, second, third, place});
    case Family::global_get: return "GLOBAL_GET" + list({place});
    case Family::own_global_get: return "OWN_GLOBAL_GET" + list({place});
    case Family::global_set: return "GLOBAL_SET" + list({first});
    case Family::own_global_set: return "OWN_GLOBAL_SET" + list({first});
    case Family::check: return "CHECK()";
    case Family::pins: return "PINS" + list({pins[0].c_str(), pins[1].c_str(), pins[2].c_str()});
    case Family::compare: return "COMPARE" + list({relation, wide, first, second, way, sense});
    case Family::branch_if: return "BRANCH_IF" + list({first, way, sense});
    case Family::count: return "COUNT" + list({relation, wide, place, second, way, sense});
    case Family::jump: return "JUMP" + list({way});
    case Family::table: return "TABLE" + list({first});
    case Family::call: return "CALL(" + std::to_string(is.locals) + ")";
    case Family::call_indirect: return "CALL_INDIRECT()";
    case Family::return_none: return "RETURN_NONE()";
    case Family::return_one: return "RETURN_ONE" + list({domain, first});
    }
    return "";
}

/// Every element that there can be, with its handler.
class Elements {
  public:
    Elements() {
        for (const auto kind : all_kinds())
            add_with(kind);
        for (std::size_t i = 0; i < kPlaces; ++i)
            add_places(static_cast<Place>(i));
        add_pins();
        for (const Family family : {Family::move_two, Family::check, Family::call_indirect, Family::return_none})
            add({.family = family});
        for (const Way way : {Way::forward, Way::back})
            add({.family = Family::jump, .branch = {way, true}});
        for (std::uint8_t locals = 0; locals <= Handlers::kAnyLocals; ++locals)
            add({.family = Family::call, .locals = locals});
    }

    [[nodiscard]] std::string name_of(Word handler) const {
        const auto found = names_.find(handler);
        return found == names_.end() ? "OTHER()" : spelled(found->second);
    }

    /// Its slots and its name.
    [[nodiscard]] std::string text_of(const Word* cell) const {
        const auto found = names_.find(*cell);
        if (found == names_.end()) return "/ OTHER()";
        const Element& is = found->second;
        const Fields fields{cell};
        std::string slots = can_hand_on(is) ? "+" : "";
        for (unsigned i = 0; i < slots_written(is); ++i)
            slots += (i == 0 ? "" : ",") + std::to_string(fields.slot(2 * i));
        slots += '/';
        for (const OperandOf& operand : operands_of(is))
            slots += (operand.kind == Kind::slot ? std::to_string(fields.slot(operand.slot)) : "-") + ",";
        if (is.branch.way != Way::forward)
            slots += "/" + std::to_string(cell[target_of(is)] + words_around(is) * sizeof(Word));
        return slots + " " + spelled(is);
    }

  private:
    static std::array<Kind, kKinds> all_kinds() {
        std::array<Kind, kKinds> kinds{};
        for (std::size_t i = 0; i < kKinds; ++i)
            kinds[i] = static_cast<Kind>(i);
        return kinds;
    }

    void add(const Element& element) {
        if (const Handler handler = handler_of(element); handler != nullptr) names_.emplace(word_of(handler), element);
    }

    template <class Add>
    static void for_each_branch(Add add) {
        for (const Way way : {Way::forward, Way::back, Way::around}) {
            for (const bool sense : {false, true})
                add(BranchKind{way, sense});
        }
    }

    void add_with(Kind first) {
        for (const Kind second : all_kinds()) {
            for (std::size_t i = 0; i < std::size(kStoredNames); ++i) {
                const auto stored = static_cast<Stored>(i);
                add({.family = Family::store, .stored = stored, .first = first, .second = second});
                for (const Kind third : all_kinds())
                    add({.family = Family::store_sum,
                         .stored = stored,
                         .first = first,
                         .second = second,
                         .third = third});
            }
            for_each_branch([&](BranchKind branch) { add_compares(first, second, branch); });
        }
        for_each_branch(
            [&](BranchKind branch) { add({.family = Family::branch_if, .first = first, .branch = branch}); });
        if (first != Kind::constant) add({.family = Family::table, .first = first});
        if (first > Kind::accumulator) return;
        add({.family = Family::global_set, .first = first});
        add({.family = Family::own_global_set, .first = first});
        for (const Domain domain : {Domain::word, Domain::f64, Domain::f32})
            add({.family = Family::return_one, .domain = domain, .first = first});
    }

    void add_compares(Kind first, Kind second, BranchKind branch) {
        for (std::size_t i = 0; i < std::size(kRelationNames); ++i) {
            const auto relation = static_cast<Relation>(i);
            for (const bool is_wide : {false, true}) {
                if (is_wide && relation >= Relation::f64_eq) continue;
                add({.family = Family::compare,
                     .relation = relation,
                     .is_wide = is_wide,
                     .first = first,
                     .second = second,
                     .branch = branch});
            }
        }
    }

    void add_places(Place place) {
        for (const Kind first : all_kinds()) {
            for (std::size_t i = 0; i < kOpCount; ++i) {
                const Op op = static_cast<Op>(i);
                add({.family = Family::unary, .op = op, .first = first, .place = place});
                for (const Kind second : all_kinds())
                    add({.family = Family::binary, .op = op, .first = first, .second = second, .place = place});
            }
            for (std::size_t i = 0; i < std::size(kStoredNames); ++i) {
                const auto stored = static_cast<Stored>(i);
                add({.family = Family::load, .stored = stored, .first = first, .place = place});
                for (const Kind second : all_kinds())
                    add({.family = Family::load_sum,
                         .stored = stored,
                         .first = first,
                         .second = second,
                         .place = place});
            }
            add_counts(place, first);
            add_selects(place, first);
            for (const Domain domain : {Domain::word, Domain::f64, Domain::f32})
                add({.family = Family::move, .domain = domain, .first = first, .place = place});
        }
        for (const Domain domain : {Domain::word, Domain::f64, Domain::f32})
            add({.family = Family::constant, .domain = domain, .place = place});
        add({.family = Family::global_get, .place = place});
        add({.family = Family::own_global_get, .place = place});
    }

    void add_selects(Place place, Kind first) {
        for (const Kind second : all_kinds()) {
            for (const Kind condition : {Kind::slot, Kind::accumulator})
                add({.family = Family::select, .first = first, .second = second, .third = condition, .place = place});
        }
    }

    void add_counts(Place place, Kind second) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(Relation::f64_eq); ++i) {
            for_each_branch([&](BranchKind branch) {
                for (const bool is_wide : {false, true})
                    add({.family = Family::count,
                         .relation = static_cast<Relation>(i),
                         .is_wide = is_wide,
                         .second = second,
                         .place = place,
                         .branch = branch});
            });
        }
    }

    void add_pins() {
        for (std::uint8_t words = 0; words <= pins_of(Domain::word); ++words) {
            for (std::uint8_t f64s = 0; f64s <= pins_of(Domain::f64); ++f64s) {
                for (std::uint8_t f32s = 0; f32s <= pins_of(Domain::f32); ++f32s)
                    add({.family = Family::pins, .pins = {words, f64s, f32s}});
            }
        }
    }

    std::map<Word, Element> names_;
};

const Elements& elements() {
    static const Elements kElements;
    return kElements;
}

/// Behind the longest cell.
constexpr std::ptrdiff_t kNear = 6;

/// A cell that was lowered counts once, and eight times as often in a loop.
struct Weights {
    Weights(std::span<const Word> cells, std::span<const std::uint32_t> starts) : depths(starts.size() + 1) {
        for (std::size_t i = 0; i < starts.size(); ++i) {
            const std::size_t size = (i + 1 < starts.size() ? starts[i + 1] : cells.size()) - starts[i];
            const std::string name = elements().name_of(cells[starts[i]]);
            if (name.find("back") == std::string::npos && name.find("around") == std::string::npos) continue;
            const std::size_t field = name.starts_with("JUMP") ? At::kJumpTarget : At::kBranchTarget;
            if (size <= field) continue;
            const auto target =
                (cells[starts[i] + field] - reinterpret_cast<std::uintptr_t>(cells.data())) / sizeof(Word);
            const auto found = std::lower_bound(starts.begin(), starts.end(), target);
            if (found - starts.begin() > static_cast<std::ptrdiff_t>(i)) continue;
            ++depths[static_cast<std::size_t>(found - starts.begin())];
            --depths[i + 1];
        }
        for (std::size_t i = 1; i < depths.size(); ++i)
            depths[i] += depths[i - 1];
    }
    [[nodiscard]] std::uint64_t of(std::size_t i) const { return std::uint64_t{1} << 3 * std::min(depths[i], 4); }

    std::vector<int> depths;
};

class Counts {
  public:
    Counts() = default;
    Counts(const Counts&) = delete;
    Counts& operator=(const Counts&) = delete;

    void count(const Word* cell) {
        One& one = all_[cell];
        ++one.executions;
        if (one.executions == 1) one.text = elements().text_of(cell);
        if (last_ != nullptr && last_cell_ < cell && cell - last_cell_ < kNear) ++last_->passes;
        last_ = &one;
        last_cell_ = cell;
    }

    ~Counts() {
        for (const auto& [cell, one] : all_)
            std::fprintf(stderr, "CELL %" PRIuPTR " %" PRIu64 " %" PRIu64 " %s\n",
                         reinterpret_cast<std::uintptr_t>(cell), one.executions, one.passes, one.text.c_str());
    }

  private:
    struct One {
        std::uint64_t executions = 0;
        std::uint64_t passes = 0;
        std::string text;
    };
    std::map<const Word*, One> all_;
    One* last_ = nullptr;
    const Word* last_cell_ = nullptr;
};

} // namespace

void count_cell(const Word* cell) noexcept {
    static Counts counts;
    counts.count(cell);
}

void weigh_cells(std::span<const Word> cells, std::span<const std::uint32_t> starts) noexcept {
    if (std::getenv("DETENT_WEIGH_CELLS") == nullptr) return;
    const Weights weights(cells, starts);
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::uint64_t weight = weights.of(i);
        std::fprintf(stderr, "LOWERED %" PRIuPTR " %" PRIu64 " %" PRIu64 " %s\n",
                     reinterpret_cast<std::uintptr_t>(cells.data() + starts[i]), weight, weight,
                     elements().text_of(&cells[starts[i]]).c_str());
    }
}

} // namespace detent::fast

#endif
