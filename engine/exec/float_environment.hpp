// The floating-point environment of the engine (DET-4).
#pragma once

#include <cfenv>

namespace detent {

/// While it lives the thread rounds to nearest even, with no flushing of denormals and no exceptions; then the caller's
/// environment is back. `renew` sets it again after code of the host has run.
class FloatEnvironment {
  public:
    FloatEnvironment() noexcept {
        std::fegetenv(&outer_);
        renew();
    }
    ~FloatEnvironment() { std::fesetenv(&outer_); }
    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

    static void renew() noexcept { std::fesetenv(FE_DFL_ENV); }

  private:
    std::fenv_t outer_{};
};

} // namespace detent
