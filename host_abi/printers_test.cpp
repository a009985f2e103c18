#include "host_abi/printers.hpp"

#include "engine/runtime/value.hpp"
#include "host_abi/host_table.hpp"
#include "host_abi/outcome.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace detent {

namespace {

/// A file of the project; the build says where that is.
std::string committed(const std::string& path) {
    const char* const root = std::getenv("DETENT_ROOT");
    REQUIRE(root != nullptr);
    std::ifstream file(std::string(root) + "/" + path, std::ios::binary);
    REQUIRE(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("ABI-2: the guest header is the one that the table prints") {
    CHECK(guest_header() == committed("contracts/include/detent_v1.h"));
}

TEST_CASE("ABI-2: the reference of host functions is the one that the table prints") {
    CHECK(host_function_reference() == committed("docs/host-functions.md"));
}

TEST_CASE("ABI-1: every host function is found by its name, and no other") {
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i) {
        CHECK(host_function_named(kHostFunctions[i].name) == static_cast<HostFunction>(i));
    }
    CHECK(!host_function_named("inputs"));
    CHECK(!host_function_named(""));
    CHECK(!host_function_named("zzz"));
}

TEST_CASE("ABI-3: the type of a host function is its scalars, and two i32 a range") {
    const HostFunctionRow& call = row(HostFunction::call);
    const std::vector<ValType> types(call.type().parameters.begin(), call.type().parameters.end());
    CHECK(types == std::vector{kI32, kI32, kI64, kI32, kI32, kI64, kI32});
    CHECK(call.type().results.size() == 1);
    CHECK(row(HostFunction::output).type().results.empty());
    CHECK(row(HostFunction::value).type().results[0] == kI64);
    CHECK(row(HostFunction::create).parameter_array[parameter(HostFunction::create, "address")].least == 32);
}

TEST_CASE("ABI-5: names and numbers of outcomes lead to each other, and traps keep theirs") {
    CHECK(outcome_numbered(35) == Outcome::ReentryDenied);
    CHECK(!outcome_numbered(4));
    CHECK(!outcome_numbered(40));
    CHECK(outcome_named("OutOfFuel") == Outcome::OutOfFuel);
    CHECK(!outcome_named("outoffuel"));
    CHECK(to_text(Outcome::AddressTaken) == "AddressTaken");
#define TRAP(number, name, message)                                                                                    \
    if (TrapCode::name != TrapCode::Host) {                                                                            \
        CHECK(to_text(outcome_of({TrapCode::name, 0})) == #name);                                                      \
        CHECK(outcome_numbered(number) == outcome_named(#name));                                                       \
    }
#include "engine/traps.def"
#undef TRAP
    CHECK(outcome_of({TrapCode::Host, 31}) == Outcome::AbiViolation);
}

TEST_CASE("ABI-60: what counts as output") {
    CHECK(has_output(Outcome::Success));
    CHECK(has_output(Outcome::Revert));
    CHECK(has_output(Outcome::Abort));
    CHECK(!has_output(Outcome::OutOfFuel));
    CHECK(!has_output(Outcome::Unreachable));
}

} // namespace detent
