#include "cli/profile_report.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include "engine/trace/flame.hpp"
#include "engine/trace/share.hpp"

#include <algorithm>
#include <map>

namespace detent::cli {

namespace {

using trace::FunctionProfile;
using trace::Profiler;
using trace::SiteProfile;

/// A line of source; of instructions that no line is known of, the empty path.
struct Place {
    std::string path;
    std::uint32_t line = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
};

struct LineProfile {
    Place place;
    SiteProfile used;
};

std::string fuel_text(Fuel fuel) { return std::to_string(fuel.units()); }

/// What used most first; else in the order of the module.
std::vector<const FunctionProfile*> functions_that_ran(const Profiler& profile) {
    std::vector<const FunctionProfile*> ran;
    for (const FunctionProfile& each : profile.functions()) {
        if (each.calls != 0) ran.push_back(&each);
    }
    std::ranges::sort(ran, [](const auto* a, const auto* b) {
        return a->self != b->self ? a->self > b->self : a->function < b->function;
    });
    return ran;
}

std::vector<LineProfile> lines_that_ran(const Profiler& profile, const Code& code, const SourceLines& source) {
    std::map<trace::SourceLine, SiteProfile> by_number;
    SiteProfile unknown;
    const std::span<const SiteProfile> sites = profile.sites(code);
    for (std::uint32_t i = 0; i < sites.size(); ++i) {
        if (sites[i].executed == 0 && sites[i].fuel == Fuel()) continue;
        const std::optional<trace::SourceLine> line = source.find(i);
        SiteProfile& sum = line ? by_number[*line] : unknown;
        sum.executed += sites[i].executed;
        sum.fuel = sum.fuel + sites[i].fuel;
    }
    std::map<Place, SiteProfile> by_place;
    for (const auto& [line, used] : by_number) {
        SiteProfile& sum = by_place[{source.path(line.file), line.line}];
        sum.executed += used.executed;
        sum.fuel = sum.fuel + used.fuel;
    }
    if (unknown.fuel != Fuel()) by_place[{}] = unknown;
    std::vector<LineProfile> lines;
    for (const auto& [place, used] : by_place)
        lines.push_back({place, used});
    std::ranges::sort(lines, [](const auto& a, const auto& b) {
        return a.used.fuel != b.used.fuel ? a.used.fuel > b.used.fuel : a.place < b.place;
    });
    return lines;
}

Json lines_json(const Profiler& profile, const Code& code) {
    const SourceLines source(code.module());
    if (source.empty()) return nullptr;
    Json lines = Json::array();
    for (const auto& [place, used] : lines_that_ran(profile, code, source)) {
        lines.push_back({{"file", place.path.empty() ? Json(nullptr) : Json(printable(place.path))},
                         {"line", place.path.empty() ? Json(nullptr) : Json(place.line)},
                         {"executed", used.executed},
                         {"fuel", fuel_text(used.fuel)}});
    }
    return lines;
}

std::string functions_text(const Profiler& profile, const FunctionNames& names) {
    std::vector<std::vector<std::string>> rows{
        {"own fuel", "of all", "with callees", "instructions", "calls", "function"}};
    const Fuel total = profile.total();
    for (const FunctionProfile* const each : functions_that_ran(profile)) {
        rows.push_back({grouped(each->self.units()), trace::percent(each->self, total),
                        grouped(each->inclusive.units()), grouped(each->instructions), grouped(each->calls),
                        names.text(each->function)});
    }
    const auto add_outside = [&rows, total](Fuel fuel, const std::string& what) {
        rows.push_back({grouped(fuel.units()), trace::percent(fuel, total), "", "", "", what});
    };
    add_outside(profile.outside().instantiation, "(instantiation)");
    add_outside(profile.outside().entries, "(entries)");
    rows.push_back({grouped(total.units()), "", "", grouped(profile.instructions()), "", "all"});
    return table(rows, "01234");
}

std::string lines_text(const Profiler& profile, const Code& code) {
    const SourceLines source(code.module());
    if (source.empty()) return "the module has no lines of source\n";
    std::vector<std::vector<std::string>> rows{{"fuel", "of all", "executed", "line"}};
    for (const auto& [place, used] : lines_that_ran(profile, code, source)) {
        const bool is_known = !place.path.empty();
        rows.push_back({grouped(used.fuel.units()), trace::percent(used.fuel, profile.total()), grouped(used.executed),
                        is_known ? printable(place.path) + ":" + std::to_string(place.line) : "(no line)"});
    }
    return table(rows, "012");
}

} // namespace

Json to_json(const Profiler& profile, const Code& code) {
    const FunctionNames names(code.module());
    Json functions = Json::array();
    for (const FunctionProfile* const each : functions_that_ran(profile)) {
        const std::optional<std::string_view> name = names.find(each->function);
        functions.push_back({{"function", number(each->function)},
                             {"name", name ? Json(*name) : Json(nullptr)},
                             {"calls", each->calls},
                             {"instructions", each->instructions},
                             {"self", fuel_text(each->self)},
                             {"inclusive", fuel_text(each->inclusive)}});
    }
    return {{"instructions", profile.instructions()},
            {"instantiation", fuel_text(profile.outside().instantiation)},
            {"entries", fuel_text(profile.outside().entries)},
            {"functions", std::move(functions)},
            {"lines", lines_json(profile, code)}};
}

std::string to_text(const Profiler& profile, const Code& code) {
    return functions_text(profile, FunctionNames(code.module())) + "\n" + lines_text(profile, code);
}

void write_flame(const std::string& file, const Profiler& profile, const Code& code, const std::string& title) {
    const FunctionNames names(code.module());
    const auto name = [&](std::uint32_t number) { return names.text(profile.functions()[number].function); };
    write_file(file, trace::flame_graph(profile, title, name));
}

} // namespace detent::cli
