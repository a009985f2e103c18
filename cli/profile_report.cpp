#include "cli/profile_report.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include "engine/trace/flame.hpp"
#include "engine/trace/share.hpp"
#include "host_abi/crypto.hpp"

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

/// What used most first; else in the order in which modules ran first, and in the order of a module.
std::vector<const FunctionProfile*> functions_that_ran(const Profiler& profile) {
    std::vector<const FunctionProfile*> ran;
    for (const FunctionProfile& each : profile.functions()) {
        if (each.calls != 0) ran.push_back(&each);
    }
    // They stand in one array.
    std::ranges::sort(ran, [](const auto* a, const auto* b) { return a->self != b->self ? a->self > b->self : a < b; });
    return ran;
}

void add(SiteProfile& sum, const SiteProfile& one) {
    sum.executed += one.executed;
    sum.fuel = sum.fuel + one.fuel;
}

/// Adds what a module used.
void add_lines(std::map<Place, SiteProfile>& by_place, const Profiler& profile, const ProfileReport::Module& module) {
    std::map<trace::SourceLine, SiteProfile> by_number;
    SiteProfile unknown;
    const std::span<const SiteProfile> sites = profile.sites(*module.code);
    for (std::uint32_t i = 0; i < sites.size(); ++i) {
        if (sites[i].executed == 0 && sites[i].fuel == Fuel()) continue;
        const std::optional<trace::SourceLine> line = module.source.empty() ? std::nullopt : module.source.find(i);
        add(line ? by_number[*line] : unknown, sites[i]);
    }
    for (const auto& [line, used] : by_number)
        add(by_place[{module.source.path(line.file), line.line}], used);
    if (unknown.fuel != Fuel()) add(by_place[{}], unknown);
}

bool has_lines(const ProfileReport& report) {
    return std::ranges::any_of(report.modules(), [](const auto& module) { return !module.source.empty(); });
}

std::vector<LineProfile> lines_that_ran(const ProfileReport& report) {
    std::map<Place, SiteProfile> by_place;
    for (const ProfileReport::Module& module : report.modules())
        add_lines(by_place, report.profile(), module);
    std::vector<LineProfile> lines;
    lines.reserve(by_place.size());
    for (const auto& [place, used] : by_place)
        lines.push_back({place, used});
    std::ranges::sort(lines, [](const auto& a, const auto& b) {
        return a.used.fuel != b.used.fuel ? a.used.fuel > b.used.fuel : a.place < b.place;
    });
    return lines;
}

Json lines_json(const ProfileReport& report) {
    if (!has_lines(report)) return nullptr;
    Json lines = Json::array();
    for (const auto& [place, used] : lines_that_ran(report)) {
        lines.push_back({{"file", place.path.empty() ? Json(nullptr) : Json(printable(place.path))},
                         {"line", place.path.empty() ? Json(nullptr) : Json(place.line)},
                         {"executed", used.executed},
                         {"fuel", fuel_text(used.fuel)}});
    }
    return lines;
}

std::string functions_text(const ProfileReport& report) {
    const Profiler& profile = report.profile();
    std::vector<std::vector<std::string>> rows{
        {"own fuel", "of all", "with callees", "instructions", "calls", "function"}};
    const Fuel total = report.total();
    for (const FunctionProfile* const each : functions_that_ran(profile)) {
        rows.push_back({grouped(each->self.units()), trace::percent(each->self, total),
                        grouped(each->inclusive.units()), grouped(each->instructions), grouped(each->calls),
                        report.name_of(*each)});
    }
    const auto add_outside = [&rows, total](Fuel fuel, const std::string& what) {
        rows.push_back({grouped(fuel.units()), trace::percent(fuel, total), "", "", "", what});
    };
    add_outside(profile.outside().instantiation, "(instantiation)");
    add_outside(profile.outside().entries, "(entries)");
    if (report.is_of_transaction()) add_outside(report.price(), "(price of the transaction)");
    rows.push_back({grouped(total.units()), "", "", grouped(profile.instructions()), "", "all"});
    return table(rows, "01234");
}

/// What used most first; those that were called.
std::vector<std::pair<std::string_view, HostProfile>> hosts_that_ran(const ProfileReport& report) {
    std::vector<std::pair<std::string_view, HostProfile>> ran;
    for (std::size_t i = 0; i < kHostFunctionCount; ++i) {
        if (report.hosts()[i].calls != 0) ran.emplace_back(kHostFunctions[i].name, report.hosts()[i]);
    }
    std::ranges::sort(ran, [](const auto& a, const auto& b) {
        return a.second.fuel != b.second.fuel ? a.second.fuel > b.second.fuel : a.first < b.first;
    });
    return ran;
}

std::string hosts_text(const ProfileReport& report) {
    std::vector<std::vector<std::string>> rows{{"of that", "of all", "calls", "host function"}};
    for (const auto& [name, one] : hosts_that_ran(report)) {
        rows.push_back({grouped(one.fuel.units()), trace::percent(one.fuel, report.total()), grouped(one.calls),
                        std::string(name)});
    }
    return table(rows, "012");
}

Json hosts_json(const ProfileReport& report) {
    Json hosts = Json::array();
    for (const auto& [name, one] : hosts_that_ran(report))
        hosts.push_back({{"name", name}, {"calls", one.calls}, {"fuel", fuel_text(one.fuel)}});
    return hosts;
}

std::string lines_text(const ProfileReport& report) {
    if (!has_lines(report))
        return report.is_of_transaction() ? "no contract has lines of source\n" : "the module has no lines of source\n";
    std::vector<std::vector<std::string>> rows{{"fuel", "of all", "executed", "line"}};
    for (const auto& [place, used] : lines_that_ran(report)) {
        const bool is_known = !place.path.empty();
        rows.push_back({grouped(used.fuel.units()), trace::percent(used.fuel, report.total()), grouped(used.executed),
                        is_known ? printable(place.path) + ":" + std::to_string(place.line) : "(no line)"});
    }
    return table(rows, "012");
}

} // namespace

ProfileReport::ProfileReport(const trace::Profiler& profile, Fuel price, const HostProfiles& hosts)
    : profile_(profile), price_(price), hosts_(&hosts) {
    const Code* last = nullptr;
    for (const FunctionProfile& each : profile.functions()) {
        if (each.code != last) add(*each.code);
        last = each.code;
    }
}

void ProfileReport::add(const Code& code) {
    const detent::Module& module = code.module();
    modules_.push_back({&code, FunctionNames(module), SourceLines(module), to_hex(sha256(module.bytes.span()).view())});
}

const ProfileReport::Module& ProfileReport::module_of(const FunctionProfile& function) const {
    return *std::ranges::find(modules_, function.code, &Module::code);
}

std::string ProfileReport::name_of(const FunctionProfile& function) const {
    constexpr std::size_t kShownDigits = 8;
    const Module& module = module_of(function);
    const std::string of = is_of_transaction() ? " of 0x" + module.hash.substr(0, kShownDigits) : "";
    return module.names.text(function.function) + of;
}

Json to_json(const ProfileReport& report) {
    const Profiler& profile = report.profile();
    Json functions = Json::array();
    for (const FunctionProfile* const each : functions_that_ran(profile)) {
        const ProfileReport::Module& module = report.module_of(*each);
        const std::optional<std::string_view> name = module.names.find(each->function);
        Json one{{"function", number(each->function)}, {"name", name ? Json(*name) : Json(nullptr)}};
        if (report.is_of_transaction()) one["code_hash"] = "0x" + module.hash;
        one.update({{"calls", each->calls},
                    {"instructions", each->instructions},
                    {"self", fuel_text(each->self)},
                    {"inclusive", fuel_text(each->inclusive)}});
        functions.push_back(std::move(one));
    }
    Json object{{"instructions", profile.instructions()},
                {"instantiation", fuel_text(profile.outside().instantiation)},
                {"entries", fuel_text(profile.outside().entries)},
                {"functions", std::move(functions)},
                {"lines", lines_json(report)}};
    if (!report.is_of_transaction()) return object;
    object["price"] = fuel_text(report.price());
    object["host_functions"] = hosts_json(report);
    return object;
}

std::string to_text(const ProfileReport& report) {
    const std::string hosts = report.is_of_transaction() ? hosts_text(report) + "\n" : "";
    return functions_text(report) + "\n" + hosts + lines_text(report);
}

void write_flame(const std::string& file, const ProfileReport& report, const std::string& title) {
    const Profiler& profile = report.profile();
    if (profile.is_full()) {
        print_lines("detent: there are more than " + grouped(Profiler::kMostPaths) +
                    " paths of calls; the flame graph counts the others as their caller's\n");
    }
    const auto name = [&](std::uint32_t number) { return report.name_of(profile.functions()[number]); };
    write_file(file, trace::flame_graph(profile, title, name));
}

} // namespace detent::cli
