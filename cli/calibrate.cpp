// detent calibrate: measures what a unit of fuel takes in each work class. The one command that looks at a clock.
#include "cli/calibration.hpp"
#include "cli/command.hpp"
#include "cli/crypto_check.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/schedules.hpp"

#include "engine/exec/fast/cell.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>

namespace detent::cli {

namespace {

// Which handlers the fast tier was built with.
#ifdef DETENT_FEW_HANDLERS
constexpr std::string_view kHandlers = "few";
#else
constexpr std::string_view kHandlers = "all";
#endif

struct CalibrateOptions {
    CalibrationPlan plan;
    std::string schedule = "1";
    std::string out;
};

/// What the system calls its processor; empty where it does not say.
std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
    }
    return "";
}

std::string thousandths(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f", number);
    return text;
}

double ratio(const Calibration& calibration, double nanoseconds, std::size_t tier) {
    const double mean = calibration.mean(tier);
    return mean > 0 ? nanoseconds / mean : 0;
}

Json class_json(const Calibration& calibration, const ClassCalibration& each) {
    Json object{{"class", to_text(each.work_class)},
                {"fuel", std::to_string(each.fuel)},
                {"bases", std::to_string(each.bases)}};
    for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
        object[std::string(kCalibratedTierNames[tier])] = {
            {"ns_per_fuel", each.nanoseconds[tier]}, {"of_mean", ratio(calibration, each.nanoseconds[tier], tier)}};
    }
    return object;
}

Json to_json(const Calibration& calibration, const Schedule& schedule, const CalibrationPlan& plan) {
    Json classes = Json::array();
    for (const ClassCalibration& each : calibration.classes)
        classes.push_back(class_json(calibration, each));
    Json tiers = Json::object();
    for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
        const ClassCalibration& worst = calibration.worst(tier);
        tiers[std::string(kCalibratedTierNames[tier])] = {
            {"mean_ns_per_fuel", calibration.mean(tier)},
            {"worst", to_text(worst.work_class)},
            {"worst_of_mean", ratio(calibration, worst.nanoseconds[tier], tier)}};
    }
    return {{"format", "detent-calibration"},
            {"version", 1},
            {"schedule", {{"id", schedule.id()}, {"hash", hash_text(schedule)}}},
            {"machine",
             {{"processor", processor_name()},
              {"compiler", DETENT_COMPILER},
              {"dispatch", fast::dispatch_name()},
              {"handlers", kHandlers}}},
            {"rounds", plan.rounds},
            {"fuel", plan.fuel},
            {"tiers", tiers},
            {"classes", classes}};
}

void print_people(const Calibration& calibration) {
    std::vector<std::vector<std::string>> rows{
        {"work class", "stepper, ns a unit", "of mean", "fast, ns a unit", "of mean"}};
    for (const ClassCalibration& each : calibration.classes) {
        std::vector<std::string> row{std::string(to_text(each.work_class))};
        for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
            row.push_back(thousandths(each.nanoseconds[tier]));
            row.push_back(thousandths(ratio(calibration, each.nanoseconds[tier], tier)));
        }
        rows.push_back(std::move(row));
    }
    std::cout << table(rows, "1234");
    for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
        const ClassCalibration& worst = calibration.worst(tier);
        std::cout << kCalibratedTierNames[tier] << ": mean " << thousandths(calibration.mean(tier))
                  << " ns a unit; worst / mean " << thousandths(ratio(calibration, worst.nanoseconds[tier], tier))
                  << ", of " << to_text(worst.work_class) << "\n";
    }
}

ExitCode run_calibrate(const CalibrateOptions& options, bool json) {
    require_sound_crypto();
    const Schedule schedule = schedule_named(options.schedule);
    const Calibration calibration = calibrate(schedule, options.plan);
    const Json object = to_json(calibration, schedule, options.plan);
    if (!options.out.empty()) write_file(options.out, object.dump(2) + "\n");
    if (json) {
        print_json(object);
    } else {
        print_people(calibration);
    }
    return ExitCode::done;
}

} // namespace

void add_calibrate(CLI::App& app, Program& program) {
    CLI::App& command = add_command(
        app, "calibrate", "Measure the nanoseconds of a unit of fuel, for each work class in both tiers",
        "  detent calibrate\n"
        "  detent calibrate --schedule draft.schedule --out calibration.json\n"
        "Each class is measured by a program that does little else (cli/calibration_kernels.def); what it does beside\n"
        "is counted with it. The numbers are this machine's, and depend on what else it does.\n");
    auto options = std::make_shared<CalibrateOptions>();
    command
        .add_option("--schedule", options->schedule,
                    "The schedule whose fuel is counted: a published number, or a file")
        ->type_name("ID|FILE")
        ->capture_default_str();
    command.add_option("--rounds", options->plan.rounds, "How often each is timed; the least time counts")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command.add_option("--fuel", options->plan.fuel, "About how much each run uses")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}))
        ->capture_default_str();
    command.add_option("--out", options->out, "Also write the object that --json prints, in lines")->type_name("FILE");
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] { return run_calibrate(*options, program.json); };
    });
}

} // namespace detent::cli
