// How large lowered code gets: linear in the body, whatever the body is made of, and small for what compilers make. And
// that it is the same wherever there was room for it.
#include "engine/testing/program.hpp"

#include "engine/exec/fast/visit.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>

using namespace detent;
using namespace detent::testing;

namespace {

// The bounds of docs/fast-tier.md. Of any body: bytes of lowered code and of its recording for each byte, and beside
// them.
constexpr std::size_t kMostOfCode = 96;
constexpr std::size_t kMostOfRecording = 192;
constexpr std::size_t kMostBeside = 512;
/// Of what compilers make, over a module.
constexpr std::size_t kMostOfReal = 5;

struct Sizes {
    std::size_t body = 0;
    std::size_t code = 0;
    std::size_t recording = 0;

    [[nodiscard]] double code_ratio() const { return static_cast<double>(code) / static_cast<double>(body); }
    [[nodiscard]] double recording_ratio() const { return static_cast<double>(recording) / static_cast<double>(body); }
    [[nodiscard]] bool is_within_bounds() const {
        return code <= kMostOfCode * body + kMostBeside && recording <= kMostOfRecording * body + kMostBeside;
    }
};

Sizes sizes_of(fast::Module& module, const Code& code, FuncIdx function) {
    const ByteRange body = code.module().body(function).expression;
    const fast::Lowered* const lowered = must(module.lowered(code, function));
    if (lowered == nullptr) return {};
    const fast::Recording* const recording = must(module.recording(code, function));
    return {body.end - body.begin,
            lowered->cells.size() * sizeof(fast::Word) + lowered->entries.size() * sizeof(fast::Entry),
            recording->points.size() * sizeof(fast::Point) + recording->pending.size() * sizeof(fast::Pending)};
}

// Bodies.

Bytes repeated(std::size_t count, const Bytes& unit) {
    Bytes all;
    for (std::size_t i = 0; i < count; ++i)
        all.insert(all.end(), unit.begin(), unit.end());
    return all;
}

/// A body of one kind, which grows: `unit` and, behind what is in the middle, `closing`, so many times.
struct Kind {
    const char* name;
    Bytes head;
    Bytes unit;
    Bytes middle = {};
    Bytes closing = {};
    Bytes tail = {};
    std::size_t most = 4096;

    [[nodiscard]] Bytes body(std::size_t count) const {
        return code(head, repeated(count, unit), middle, repeated(count, closing), tail);
    }
};

// Local 0 is the parameter; ten of i32, five of f64, three of f32 and a vector follow.
constexpr std::uint32_t kFirstF64 = 11;
constexpr std::uint32_t kFirstF32 = 16;
constexpr std::uint32_t kVector = 19;
// Types: of the function, of a loop with a parameter, and of none.
constexpr std::uint32_t kOneParameter = 1;

Bytes use_of(std::uint32_t local) { return code(Op::local_get, local, Op::drop); }

/// A loop in which every register has a local.
Bytes full_loop() {
    Bytes all = code(Op::loop, kEmptyBlock);
    for (const std::uint32_t local :
         {1U, 2U, 3U, kFirstF64, kFirstF64 + 1, kFirstF64 + 2, kFirstF64 + 3, kFirstF32, kFirstF32 + 1}) {
        all = code(all, use_of(local), use_of(local));
    }
    return all;
}

/// Another one, whose locals are others.
Bytes other_loop() {
    return code(Op::loop, kEmptyBlock, use_of(7), use_of(8), use_of(9), use_of(kFirstF64 + 4), use_of(kFirstF32 + 2),
                Op::end);
}

Bytes table_of(std::size_t targets) { return code(Op::br_table, unsigned_leb(targets), Bytes(targets + 1, 0)); }

/// A table whose targets all move a word, and go around the beginning of a loop.
Bytes tables(std::size_t targets) {
    return code(full_loop(), Op::block, kEmptyBlock, Op::i32_const, 0, Op::loop, kOneParameter, Op::local_get, 0,
                Op::br_if, 1U, Op::i32_const, 5, Op::i32_const, 6, Op::local_get, 0, table_of(targets), Op::end,
                Op::unreachable, Op::end, Op::end);
}

std::vector<Kind> kinds() {
    const Bytes end = code(Op::end);
    const Bytes constant_store = code(Op::i32_const, 0, Op::i64_const, 1, Op::i64_store, 3, 0);
    return {
        {"sums", {}, code(Op::local_get, 1, Op::local_get, 2, Op::i32_add, Op::local_set, 3)},
        {"constants that stay", {}, code(Op::i64_const, 1), {}, code(Op::drop), {}, 4096},
        {"locals that stay", {}, code(Op::local_get, 1), {}, code(Op::drop), {}, 4096},
        {"stores", {}, constant_store},
        {"traps above what waits",
         code(repeated(7, code(Op::local_get, kVector)), Op::f32_const, 0.0F),
         code(Op::i32_trunc_f32_s, Op::f32_reinterpret_i32),
         {},
         {},
         repeated(8, code(Op::drop))},
        {"vectors", {}, code(Op::local_get, 1, Op::i8x16_splat, Op::i32x4_abs, Op::drop)},
        {"blocks in blocks", {}, code(Op::block, kEmptyBlock), code(Op::local_get, 0, Op::br_if, 0U), end, {}, 512},
        {"loops in loops", {}, code(Op::loop, kEmptyBlock, use_of(1)), {}, end, {}, 512},
        {"loops in loops, of other locals", full_loop(), code(full_loop(), other_loop()), {}, end, end, 512},
        {"loops in a row", full_loop(), other_loop(), {}, {}, end},
        {"ways back", full_loop(), code(Op::local_get, 0, Op::br_if, 0U), {}, {}, end},
        {"counting loops",
         {},
         code(Op::loop, kEmptyBlock, Op::local_get, 1, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 1, Op::br_if, 0U,
              Op::end)},
        {"arms of ifs", full_loop(), code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::else_, Op::end), {}, {}, end},
        {"ifs in ifs", {}, code(Op::local_get, 0, Op::if_, kEmptyBlock), {}, code(Op::else_, Op::end), {}, 512},
        {"returns", full_loop(), code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::return_, Op::end), {}, {}, end},
        {"calls", full_loop(), code(Op::call, 1U), {}, {}, end},
        {"calls among uses",
         full_loop(),
         code(Op::call, 1U, repeated(3, code(use_of(1), use_of(2), use_of(3)))),
         {},
         {},
         end},
        {"bodies out of line",
         code(full_loop(), Op::ref_null, kFuncRef),
         code(Op::ref_as_non_null),
         {},
         {},
         code(Op::drop, Op::end)},
        {"bodies between values",
         full_loop(),
         code(Op::i64_const, 1, Op::memory_size, 0, Op::memory_grow, 0, Op::drop),
         {},
         repeated(1, code(Op::drop)),
         end},
        {"blocks with values",
         {},
         code(Op::block, kI32, Op::i32_const, 1, Op::i32_const, 2, Op::br, 0U, Op::end, Op::drop)},
        {"what is never reached", code(Op::unreachable), code(Op::local_get, 1, Op::drop)},
        {"nothing", full_loop(), code(Op::nop), {}, {}, end},
    };
}

/// Of a module's functions: one that is called, which is small, and the one of a body. So that is not the first to be
/// lowered.
constexpr std::uint32_t kBody = 2;

std::shared_ptr<const Code> module_of(const Bytes& body) {
    ModuleBuilder b;
    const std::uint32_t type = b.type({kI32}, {});
    b.type({kI32}, {});
    const std::uint32_t nothing = b.type({}, {});
    b.memory(1, 2);
    b.function(nothing, {{1, kI32}}, {});
    b.function(nothing, {{1, kI32}}, {});
    b.function(type, {{10, kI32}, {5, kF64}, {3, kF32}, {1, kV128}}, body);
    return compiled(b.build(), full_profile());
}

Sizes sizes_of(const Bytes& body) {
    const std::shared_ptr<const Code> code = module_of(body);
    fast::Module* const module = fast::Module::of(*code, schedule());
    if (module == nullptr) throw std::runtime_error("no memory");
    return sizes_of(*module, *code, FuncIdx{kBody});
}

// Where it lies.

/// Whether two functions have the same cells, which may point to cells of their own and to functions of their module.
bool are_same(const fast::Lowered& one, const fast::Module& of_one, const fast::Lowered& other,
              const fast::Module& of_other) {
    const auto is_same = [](fast::Word a, const void* base_of_a, fast::Word b, const void* base_of_b) {
        return a - reinterpret_cast<std::uintptr_t>(base_of_a) == b - reinterpret_cast<std::uintptr_t>(base_of_b);
    };
    if (one.cells.size() != other.cells.size() || one.entries.size() != other.entries.size()) return false;
    for (std::size_t i = 0; i < one.cells.size(); ++i) {
        const fast::Word a = one.cells[i];
        const fast::Word b = other.cells[i];
        if (a != b && !is_same(a, one.cells.data(), b, other.cells.data()) &&
            !is_same(a, of_one.callees(), b, of_other.callees())) {
            return false;
        }
    }
    return std::ranges::equal(one.entries, other.entries, [](const fast::Entry& a, const fast::Entry& b) {
        return a.position == b.position && a.cell == b.cell && a.owed == b.owed;
    });
}

/// How many functions of the same module, compiled twice, there are.
std::size_t check_at_once(const Code& one_by_one, const Code& at_once) {
    fast::Module* const first = fast::Module::of(one_by_one, schedule());
    fast::Module* const second = fast::Module::of(at_once, schedule());
    if (first == nullptr || second == nullptr) throw std::runtime_error("no memory");
    must(second->lower_all(at_once));
    const std::size_t count = one_by_one.module().bodies.size();
    for (std::uint32_t i = 0; i < count; ++i) {
        const FuncIdx function{one_by_one.module().imported_functions + i};
        const fast::Lowered* const alone = must(first->lowered(one_by_one, function));
        const fast::Lowered* const among = must(second->lowered(at_once, function));
        INFO("function " << number(function));
        REQUIRE((alone != nullptr && among != nullptr));
        CHECK(!alone->is_on_shelf);
        CHECK(among->is_on_shelf);
        CHECK(are_same(*alone, *first, *among, *second));
    }
    return count;
}

/// The most for a byte of any body.
struct Worst {
    double code = 0;
    double recording = 0;

    void see(const Sizes& sizes) {
        code = std::max(code, sizes.code_ratio());
        recording = std::max(recording, sizes.recording_ratio());
    }
};

void say(const std::string& name, const Worst& worst) {
    std::cout << std::fixed << std::setprecision(2) << name << ": " << worst.code << " bytes of lowered code a byte, "
              << worst.recording << " of its recording\n";
}

/// Within the bounds at every size, and by so much more with as much more of the same.
template <class BodyOf>
void check_growth(Worst& worst, const char* name, std::size_t most, BodyOf body_of) {
    Worst own;
    Sizes half;
    for (std::size_t count = most / 64; count <= most; count *= 2) {
        const Sizes sizes = sizes_of(body_of(count));
        INFO(name << ", " << count << " times: " << sizes.code << " and " << sizes.recording << " for " << sizes.body);
        CHECK(sizes.is_within_bounds());
        const bool is_linear = half.body == 0 || (sizes.code <= 2 * half.code + kMostBeside &&
                                                  sizes.recording <= 2 * half.recording + kMostBeside);
        CHECK(is_linear);
        own.see(sizes);
        worst.see(sizes);
        half = sizes;
    }
    say(name, own);
}

// Modules.

Bytes bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> modules_of_bench() {
    const char* const root = std::getenv("DETENT_ROOT");
    std::vector<std::filesystem::path> paths;
    if (root == nullptr) return paths;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(root) / "bench" / "cases"))
        if (entry.path().extension() == ".wasm") paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

/// Of all functions together; each is within the bounds of any body.
Sizes sizes_of_module(const Code& code) {
    fast::Module* const module = fast::Module::of(code, schedule());
    if (module == nullptr) throw std::runtime_error("no memory");
    Sizes sum;
    for (std::uint32_t i = 0; i < code.module().bodies.size(); ++i) {
        const Sizes sizes = sizes_of(*module, code, FuncIdx{code.module().imported_functions + i});
        CHECK(sizes.is_within_bounds());
        sum.body += sizes.body;
        sum.code += sizes.code;
        sum.recording += sizes.recording;
    }
    return sum;
}

} // namespace

TEST_CASE("lowered code is linear in the body, whatever that is made of", "[size]") {
    Worst worst;
    check_growth(worst, "tables", 4096, tables);
    for (const Kind& kind : kinds())
        check_growth(worst, kind.name, kind.most, [&](std::size_t count) { return kind.body(count); });
    // The bounds are none that nothing comes near.
    CHECK(worst.code * 2 > kMostOfCode);
    CHECK(worst.recording * 2 > kMostOfRecording);
}

TEST_CASE("lowered code of what compilers make is small", "[size]") {
    const std::vector<std::filesystem::path> paths = modules_of_bench();
    REQUIRE(!paths.empty());
    Sizes sum;
    for (const std::filesystem::path& path : paths) {
        const std::shared_ptr<const Code> code = compiled(bytes_of(path), full_profile());
        const Sizes sizes = sizes_of_module(*code);
        say(path.stem().string(), {sizes.code_ratio(), sizes.recording_ratio()});
        sum.body += sizes.body;
        sum.code += sizes.code;
        sum.recording += sizes.recording;
    }
    say("all", {sum.code_ratio(), sum.recording_ratio()});
    CHECK(sum.code <= kMostOfReal * sum.body);
}

// Some of these bodies take more room than their length asks for, and the shelf more pieces than one.
TEST_CASE("lowered all at once, functions have the cells that they have one by one", "[size]") {
    std::size_t functions = 0;
    const auto check = [&functions](const char* name, const Bytes& body) {
        INFO(name);
        functions += check_at_once(*module_of(body), *module_of(body));
    };
    for (const std::size_t targets : {1U, 64U, 4096U})
        check("tables", tables(targets));
    for (const Kind& kind : kinds()) {
        for (const std::size_t count : {kind.most / 64, kind.most})
            check(kind.name, kind.body(count));
    }
    for (const std::filesystem::path& path : modules_of_bench()) {
        const Bytes bytes = bytes_of(path);
        INFO(path.stem().string());
        functions += check_at_once(*compiled(bytes, full_profile()), *compiled(bytes, full_profile()));
    }
    std::cout << functions << " functions, lowered alone and with all others\n";
    CHECK(functions > 100);
}
