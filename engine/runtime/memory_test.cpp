// Linear memories: zero until written, whatever lay there before. Source: spec, Execution, Runtime Structure; DET-10.
#include "engine/runtime/memory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>
#include <vector>

using namespace detent;

namespace {

MemType pages_of(std::uint64_t pages, std::uint8_t page_log = 16) {
    MemType type;
    type.limits.minimum = pages;
    type.page_log = page_log;
    return type;
}

Memory made(const MemType& type) {
    Memory memory;
    REQUIRE(memory.create(type));
    return memory;
}

bool is_zero(const Memory& memory) {
    return std::ranges::all_of(memory.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

void fill(Memory& memory) { std::ranges::fill(memory.bytes(), std::uint8_t{0xA5}); }

/// Sizes on both sides of every way to have memory, in bytes.
constexpr std::uint64_t kSizes[] = {0,      1,      4096,   65535,   65536,   65537,    131071,
                                    131072, 131073, 196608, 1048576, 1114112, 16777216, 67108864};

} // namespace

TEST_CASE("exec-memory: a memory is zero where an earlier one of the same size was written") {
    for (const std::uint64_t size : kSizes) {
        INFO(size);
        for (int round = 0; round < 3; ++round) {
            Memory memory = made(pages_of(size, 0));
            CHECK(memory.size() == size);
            CHECK(is_zero(memory));
            fill(memory);
            CHECK(!(is_zero(memory) && size != 0));
        }
    }
}

TEST_CASE("exec-memory: single bytes that were written anywhere are zero in the next memory") {
    constexpr std::uint64_t kSize = 17 * 65536;
    for (std::uint64_t at = 0; at < kSize; at += 4095) {
        Memory memory = made(pages_of(17));
        CHECK(is_zero(memory));
        memory.bytes()[static_cast<std::size_t>(at)] = 1;
        memory.bytes().back() = 1;
    }
}

TEST_CASE("exec-memory.grow: what a memory grows by is zero, and what was there stays") {
    for (const std::uint64_t size : kSizes) {
        for (const std::uint64_t more : {std::uint64_t{1}, std::uint64_t{65536}, size + 3}) {
            INFO(size << " + " << more);
            Memory memory = made(pages_of(size, 0));
            fill(memory);
            REQUIRE(memory.grow_to(size + more));
            const std::span<const std::uint8_t> bytes = std::as_const(memory).bytes();
            const auto old = bytes.first(static_cast<std::size_t>(size));
            const auto grown = bytes.subspan(static_cast<std::size_t>(size));
            CHECK(std::ranges::all_of(old, [](std::uint8_t byte) { return byte == 0xA5; }));
            CHECK(std::ranges::all_of(grown, [](std::uint8_t byte) { return byte == 0; }));
            fill(memory);
        }
    }
}

TEST_CASE("exec-memory: many memories at a time, of many sizes, are zero and apart") {
    for (int round = 0; round < 3; ++round) {
        std::vector<Memory> memories;
        for (std::uint64_t pages = 1; pages <= 40; ++pages) {
            memories.push_back(made(pages_of(pages)));
            CHECK(is_zero(memories.back()));
            std::ranges::fill(memories.back().bytes(), static_cast<std::uint8_t>(pages));
        }
        for (std::size_t i = 0; i < memories.size(); ++i) {
            const auto own = [i](std::uint8_t byte) { return byte == i + 1; };
            CHECK(std::ranges::all_of(std::as_const(memories[i]).bytes(), own));
        }
    }
}

TEST_CASE("exec-memory: a memory that nobody could write to is zero for the next one, and so on") {
    for (int round = 0; round < 3; ++round) {
        CHECK(is_zero(made(pages_of(3))));
        Memory memory = made(pages_of(3));
        CHECK(is_zero(memory));
        Memory moved = std::move(memory);
        fill(moved);
        memory = std::move(moved);
        CHECK(!is_zero(memory));
    }
}

TEST_CASE("exec-memory: what is touched is known, and zero in the next memory") {
    constexpr std::uint64_t kSize = 17 * 65536;
    for (std::uint64_t at = 0; at < kSize; at += 40'001) {
        Memory memory = made(pages_of(17));
        CHECK(is_zero(memory));
        CHECK(memory.touched().empty());
        for (const std::uint64_t place : {at, at / 2, std::uint64_t{0}, (kSize + at) / 2}) {
            *memory.for_writing(place, 1) = 1;
            CHECK(memory.touched().size() > place);
            CHECK(memory.touched().size() <= memory.size());
        }
        const auto untouched = std::as_const(memory).bytes().subspan(memory.touched().size());
        CHECK(std::ranges::all_of(untouched, [](std::uint8_t byte) { return byte == 0; }));
        CHECK(std::as_const(memory).bytes()[static_cast<std::size_t>(at)] == 1);
    }
}

TEST_CASE("exec-memory: nothing behind what was touched is cleared, and little in front of it") {
    Memory memory = made(pages_of(17));
    static_cast<void>(memory.at(10, 2));
    CHECK(memory.touched().size() == 4096);
    REQUIRE(memory.grow_to(18));
    CHECK(memory.touched().size() == 4096);
    static_cast<void>(memory.at(4096, 1));
    CHECK(memory.touched().size() <= 3 * 4096);
    static_cast<void>(memory.bytes());
    CHECK(memory.touched().size() == memory.size());
}

TEST_CASE("exec-memory: threads share what memories lie in and nothing else") {
    const auto work = [](std::uint8_t mark, bool& is_right) {
        for (std::uint64_t round = 0; round < 200; ++round) {
            Memory memory;
            is_right = is_right && memory.create(pages_of(1 + round % 3)) && is_zero(memory);
            std::ranges::fill(memory.bytes(), mark);
            is_right =
                is_right && std::ranges::all_of(memory.bytes(), [mark](std::uint8_t byte) { return byte == mark; });
        }
    };
    bool first = true;
    bool second = true;
    std::thread other(work, std::uint8_t{1}, std::ref(first));
    work(2, second);
    other.join();
    CHECK(first);
    CHECK(second);
}

TEST_CASE("exec-memory: a failed allocation is reported, and leaves a memory as it was") {
    for (const std::uint64_t pages : {std::uint64_t{2}, std::uint64_t{17}}) {
        Memory memory = made(pages_of(pages));
        fill(memory);
        // Growth asks twice: for the double, then for the least.
        const std::uint64_t before = allocation_probe().allocations;
        allocation_probe().fail_at = before + 1;
        CHECK(memory.grow_to(pages + 1));
        allocation_probe().fail_at = 0;
        CHECK(allocation_probe().allocations == before + 2);
        CHECK(memory.pages() == pages + 1);
        allocation_probe().fail_at = allocation_probe().allocations + 1;
        Memory none;
        CHECK(!none.create(pages_of(pages)));
        allocation_probe().fail_at = 0;
        CHECK(none.size() == 0);
    }
}
