// detent trace call: carries out what `call` would, by the stepper, and says what each instruction did in every
// contract call, or where the fuel went.
#include "cli/call.hpp"
#include "cli/crypto_check.hpp"
#include "cli/host_calls.hpp"
#include "cli/profile_report.hpp"
#include "cli/text.hpp"
#include "cli/trace.hpp"

#include <iostream>
#include <limits>

namespace detent::cli {

namespace {

/// Has a profile made, and counts calls of host functions beside it.
class CallProfiler final : public StepObserver {
  public:
    [[nodiscard]] Status before(const Machine& machine) noexcept override {
        host_call_ = machine.at_entry() ? std::nullopt : host_call_ahead(machine);
        before_ = machine.meter().used();
        return profiler_.before(machine);
    }

    [[nodiscard]] Status after(const Machine& machine, detent::Step step) noexcept override {
        if (host_call_ && !starts_anew(step)) {
            HostProfile& one = hosts_[static_cast<std::size_t>(host_call_->function)];
            ++one.calls;
            one.fuel = one.fuel + (machine.meter().used() - before_ - host_call_->call_price);
        }
        return profiler_.after(machine, step);
    }

    [[nodiscard]] trace::Profiler& profile() noexcept { return profiler_; }
    [[nodiscard]] const HostProfiles& hosts() const noexcept { return hosts_; }

  private:
    trace::Profiler profiler_;
    HostProfiles hosts_{};
    Fuel before_;
    std::optional<HostCallAhead> host_call_;
};

/// A transaction that is carried out to be watched, and what it looks at.
class WatchedCall {
  public:
    explicit WatchedCall(const CallTask& task)
        : prepared_(prepare(task)), codes_(std::numeric_limits<std::size_t>::max()),
          transaction_(prepared_.begin(prepared_.input.fuel_limit, &codes_)) {}
    WatchedCall(const WatchedCall&) = delete;
    WatchedCall& operator=(const WatchedCall&) = delete;
    ~WatchedCall() = default;

    [[nodiscard]] const Transaction& transaction() const noexcept { return transaction_; }

    /// Pays the price, and stops. What was paid: nothing where the limit does not allow it.
    [[nodiscard]] Fuel pay() {
        is_over_ = take(transaction_.run_to(Fuel(1)), "") == Progress::ended;
        return transaction_.used();
    }

    /// Goes on to the end.
    void run(StepObserver& observer) {
        transaction_.observe(observer);
        if (!is_over_) static_cast<void>(take(transaction_.run(), ""));
        receipt_ = take(transaction_.settle(), "");
    }

    [[nodiscard]] Settled settled() const noexcept { return {prepared_.input, receipt_, transaction_.writes()}; }

  private:
    PreparedCall prepared_;
    /// Forgets none, since observers refer to them.
    CodeCache codes_;
    Transaction transaction_;
    bool is_over_ = false;
    Receipt receipt_;
};

ExitCode trace_lines(WatchedCall& call, const TraceOptions& options) {
    const TraceFilter filter = options.filter();
    Tracer tracer(filter, call.transaction());
    const Fuel limit = call.transaction().limit();
    const Fuel price = call.pay();
    const bool is_left = filter.functions.empty() && filter.from <= 1 && filter.to >= 1 && filter.fuel_from == Fuel();
    if (is_left && price != Fuel()) {
        print_trace_line(Json({{"event", "transaction"},
                               {"fuel", std::to_string(limit.units())},
                               {"cost", std::to_string(price.units())}})
                             .dump());
    }
    call.run(tracer);
    for (const std::string& name : tracer.unknown_functions())
        std::cerr << "detent: no function of the contracts that ran is '" << printable(name) << "'\n";
    Json end = to_json(call.settled());
    end["instructions"] = tracer.instructions();
    print_trace_line(end.dump());
    return exit_code_of(call.settled().receipt.outcome);
}

ExitCode trace_profile(WatchedCall& call, const TraceOptions& options, const std::string& title, bool json) {
    options.expect_no_filter();
    CallProfiler profiler;
    const Fuel price = call.pay();
    call.run(profiler);
    profiler.profile().finish();
    const ProfileReport report(profiler.profile(), price, profiler.hosts());
    if (!options.flame.empty()) write_flame(options.flame, report, title);
    if (json) {
        Json object = to_json(call.settled());
        object.update(to_json(report));
        print_json(object);
        return exit_code_of(call.settled().receipt.outcome);
    }
    std::cout << to_text(report);
    return show(call.settled(), false);
}

} // namespace

ExitCode trace_call(const TraceOptions& options, const CallTask& task, bool json) {
    require_sound_crypto();
    WatchedCall call(task);
    if (options.makes_profile()) return trace_profile(call, options, task.target, json);
    return trace_lines(call, options);
}

} // namespace detent::cli
