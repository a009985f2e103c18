// The floating-point environment of the engine (DET-4).
#pragma once

#include <cfenv>

#if defined(__x86_64__)
#include <xmmintrin.h>

#include <cstdint>
#endif

namespace detent {

#if defined(__x86_64__)
/// What there is to the environment: the register of SSE, which computes all floats of the engine, and the control word
/// of the x87, which a host may use. The status of the x87 stays as it is: nothing asks for it, and to load it is slow.
class FloatControl {
  public:
    [[nodiscard]] static FloatControl current() noexcept {
        // Not into the object: what loads a word whole, right behind stores of its parts, waits for them to be done.
        std::uint16_t x87 = 0;
        asm volatile("fnstcw %0" : "=m"(x87));
        FloatControl now;
        now.sse_ = _mm_getcsr();
        now.x87_ = x87;
        return now;
    }
    /// Writes what differs from what there is now: to write takes longer than to read.
    void set(const FloatControl& now) const noexcept {
        if (now.sse_ != sse_) _mm_setcsr(sse_);
        if (now.x87_ != x87_) asm volatile("fldcw %0" : : "m"(x87_));
    }
    /// Whether floats are computed alike. Which exceptions there have been is nothing to that.
    [[nodiscard]] bool computes_as(const FloatControl& other) const noexcept {
        return ((sse_ ^ other.sse_) & ~kExceptions) == 0 && x87_ == other.x87_;
    }

  private:
    static constexpr std::uint32_t kExceptions = 0x3F;

    // As a process begins with them.
    std::uint32_t sse_ = 0x1F80;
    std::uint16_t x87_ = 0x037F;
};
#else
class FloatControl {
  public:
    [[nodiscard]] static FloatControl current() noexcept {
        FloatControl now;
        std::fegetenv(&now.environment_);
        now.is_default_ = false;
        return now;
    }
    void set(const FloatControl&) const noexcept { std::fesetenv(is_default_ ? FE_DFL_ENV : &environment_); }
    [[nodiscard]] static bool computes_as(const FloatControl&) noexcept { return false; }

  private:
    std::fenv_t environment_{};
    bool is_default_ = true;
};
#endif

/// While it lives the thread rounds to nearest even, with no flushing of denormals and no exceptions; then the caller's
/// environment is back. `renew` sets it again after code of the host has run.
class FloatEnvironment {
  public:
    FloatEnvironment() noexcept : outer_(FloatControl::current()) { renew(outer_); }
    ~FloatEnvironment() { outer_.set(FloatControl::current()); }
    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

    static void renew() noexcept { renew(FloatControl::current()); }

  private:
    static void renew(const FloatControl& now) noexcept {
        const FloatControl own;
        if (!now.computes_as(own)) own.set(now);
    }

    FloatControl outer_;
};

} // namespace detent
