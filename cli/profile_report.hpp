// Profiles as people and programs read them.
#pragma once

#include "cli/function_names.hpp"
#include "cli/output.hpp"

#include "engine/trace/profiler.hpp"
#include "host_abi/host_table.hpp"

#include <array>
#include <string>
#include <vector>

namespace detent::cli {

/// Calls of one host function, and what it used: a part of what its callers did.
struct HostProfile {
    std::uint64_t calls = 0;
    Fuel fuel;
};
using HostProfiles = std::array<HostProfile, kHostFunctionCount>;

/// A profile with what its modules say of themselves. What it is made of MUST outlive it.
class ProfileReport {
  public:
    /// Of runs of one module.
    ProfileReport(const trace::Profiler& profile, const Code& code) : profile_(profile) { add(code); }
    /// Of a transaction, with its price, and all modules that ran.
    ProfileReport(const trace::Profiler& profile, Fuel price, const HostProfiles& hosts);

    struct Module {
        const Code* code = nullptr;
        FunctionNames names;
        SourceLines source;
        /// SHA-256, in hexadecimal.
        std::string hash;
    };

    [[nodiscard]] const trace::Profiler& profile() const noexcept { return profile_; }
    [[nodiscard]] const std::vector<Module>& modules() const noexcept { return modules_; }
    /// Of the code that a function of the profile is of.
    [[nodiscard]] const Module& module_of(const trace::FunctionProfile& function) const;
    /// As people read it; of a transaction with the beginning of its module's hash.
    [[nodiscard]] std::string name_of(const trace::FunctionProfile& function) const;

    [[nodiscard]] bool is_of_transaction() const noexcept { return hosts_ != nullptr; }
    [[nodiscard]] Fuel price() const noexcept { return price_; }
    [[nodiscard]] const HostProfiles& hosts() const noexcept { return *hosts_; }
    [[nodiscard]] Fuel total() const noexcept { return price_ + profile_.total(); }

  private:
    void add(const Code& code);

    const trace::Profiler& profile_;
    std::vector<Module> modules_;
    Fuel price_;
    const HostProfiles* hosts_ = nullptr;
};

/// `instantiation` and `entries` (fuel), `functions`, and `lines`: null where no module has lines of source; of a
/// transaction `price` and `host_functions` too. What a function or a line did not use is left out.
[[nodiscard]] Json to_json(const ProfileReport& report);

/// Tables of functions, of host functions, and of lines, what used most first.
[[nodiscard]] std::string to_text(const ProfileReport& report);

/// A flame graph into a file.
void write_flame(const std::string& file, const ProfileReport& report, const std::string& title);

} // namespace detent::cli
