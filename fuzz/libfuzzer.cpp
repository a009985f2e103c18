// What libFuzzer calls, by the names that it gives.
#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace detent::fuzz;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

/// One in so many mutants is changed without regard to what its bytes mean.
constexpr std::uint32_t kRaw = 12;
/// One in so many has more than one change, and so many at most: each may be what gets it refused.
constexpr std::uint32_t kSeveral = 3;
constexpr std::uint32_t kMostChanges = 4;

Bytes changed(const Bytes& bytes, Random& random) {
    if (random.one_in(3)) return with_other_frames(bytes, random);
    const std::optional<Fields> fields = fields_of(bytes);
    return fields ? with_other_field(bytes, *fields, random) : bytes;
}

/// As much of it as there is room for.
std::size_t put(const Bytes& bytes, std::uint8_t* out, std::size_t most) {
    const std::size_t size = std::min(bytes.size(), most);
    std::copy_n(bytes.begin(), size, out);
    return size;
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    Random random(seed);
    Bytes bytes(data, data + size);
    if (random.one_in(kRaw) || !fields_of(bytes)) return LLVMFuzzerMutate(data, size, most);
    for (std::uint32_t n = random.one_in(kSeveral) ? 2 + random.below(kMostChanges - 1) : 1; n != 0; --n)
        bytes = changed(bytes, random);
    return put(bytes, data, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed) {
    const Bytes first(one, one + one_size);
    const Bytes second(other, other + other_size);
    const std::optional<Fields> fields = fields_of(first);
    const std::optional<Fields> others = fields_of(second);
    if (!fields || !others) return 0;
    Random random(seed);
    return put(crossed(first, *fields, second, *others, random), out, most);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (!is_sound(Bytes(data, data + size))) {
        std::fputs("what loaded says another thing, or the tiers part\n", stderr);
        std::abort();
    }
    return 0;
}
