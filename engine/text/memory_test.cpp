// Memory that runs out: every door gives out_of_memory, wherever it happens.
#include "engine/text/script.hpp"
#include "engine/text/testing/sample.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <new>
#include <string>

namespace {

/// The number of the allocation that fails, counted down to 0; 0 fails none.
std::size_t fail_at = 0;

} // namespace

// The standard's own operators, with that failure. clang-tidy and the compiler want them here and not in a namespace.
void* operator new(std::size_t size) {
    if (fail_at != 0 && --fail_at == 0) throw std::bad_alloc();
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

/// AddressSanitizer has operators of its own for the forms that are not replaced here, and would take those above for
/// another allocator's.
extern "C" const char* __asan_default_options() { return "alloc_dealloc_mismatch=0"; }

namespace detent::text {

namespace {

/// Fails each allocation of a piece of work in turn, until it is done without; returns how often it failed. The work
/// says whether it was done.
template <class Work>
std::size_t failures_of(const Work& work) {
    for (std::size_t failures = 0;; ++failures) {
        fail_at = failures + 1;
        const bool is_done = work();
        const bool has_failed = fail_at == 0;
        fail_at = 0;
        if (!has_failed) return is_done ? failures : 0;
        if (is_done) return 0;
    }
}

} // namespace

TEST_CASE("text: no door lets a failed allocation out") {
    const auto is_done = [](const auto& result) {
        if (!result.has_value() && result.assume_error().code != ErrorCode::out_of_memory) std::abort();
        return result.has_value();
    };
    CHECK(failures_of([&] { return is_done(parse_module(kSample, {.names = true})); }) > 100);
    const std::string script = "(module quote \"(func)\") (assert_return (invoke \"f\" (i32.const 1)) (ref.null))";
    CHECK(failures_of([&] {
              const Result<Script> parsed = parse_script(script);
              if (!is_done(parsed)) return false;
              return is_done(std::get<ModuleCommand>(parsed.assume_value().commands[0].what).module.parsed);
          }) > 10);
    CHECK(failures_of([] { return !describe("(module", 7, "a message that is long enough").empty(); }) > 1);
}

} // namespace detent::text
