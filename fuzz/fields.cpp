#include "fuzz/fields.hpp"

#include <algorithm>
#include <iterator>

namespace detent::fuzz {
namespace {

constexpr std::size_t kCountBytes = format::kCountBytes;

template <class T>
const T& one_of(const std::vector<T>& all, Random& random) {
    return all[random.next() % all.size()];
}

std::uint64_t read(const Bytes& bytes, const Number& number) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < number.width; ++i)
        value |= std::uint64_t{bytes[number.at + i]} << (8 * i);
    return value;
}

void write(Bytes& bytes, std::size_t at, std::size_t width, std::uint64_t value) {
    for (std::size_t i = 0; i < width; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// Puts `with` in place of some bytes.
Bytes spliced(const Bytes& bytes, std::size_t begin, std::size_t end, std::span<const std::uint8_t> with) {
    Bytes out(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
    out.insert(out.end(), with.begin(), with.end());
    out.insert(out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end), bytes.end());
    return out;
}

std::span<const std::uint8_t> slice(const Bytes& bytes, std::size_t begin, std::size_t end) {
    return std::span(bytes).subspan(begin, end - begin);
}

/// Of a shape at random first, so that what there are few of has its turn.
const Number& some_number(const std::vector<Number>& numbers, Random& random) {
    if (random.one_in(2)) return one_of(numbers, random);
    std::vector<Shape> shapes;
    for (const Number& number : numbers)
        shapes.push_back(number.shape);
    std::ranges::sort(shapes);
    shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
    const Shape shape = one_of(shapes, random);
    std::vector<std::size_t> of_shape;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i].shape == shape) of_shape.push_back(i);
    }
    return numbers[one_of(of_shape, random)];
}

/// One that is as wide, if a few tries find it.
const Number& one_like(const Number& number, const std::vector<Number>& numbers, Random& random) {
    for (int tries = 0; tries < 8; ++tries) {
        const Number& other = one_of(numbers, random);
        if (other.width == number.width) return other;
    }
    return number;
}

std::uint64_t other_value(const Bytes& bytes, const Fields& fields, const Number& number, Random& random) {
    static const std::vector<std::uint64_t> kCorners{0,
                                                     1,
                                                     2,
                                                     3,
                                                     7,
                                                     8,
                                                     0x7F,
                                                     0x80,
                                                     0xFF,
                                                     0xFFFF,
                                                     0x1'0000,
                                                     0x7FFF'FFFF,
                                                     0x8000'0000,
                                                     0xFFFF'FFFF,
                                                     0x1'0000'0000,
                                                     ~std::uint64_t{0} >> 1,
                                                     std::uint64_t{1} << 63,
                                                     ~std::uint64_t{0}};
    const std::uint64_t value = read(bytes, number);
    switch (random.below(8)) {
    case 0: return one_of(kCorners, random);
    case 1: return value + 1 + random.below(16);
    case 2: return value - 1 - random.below(16);
    case 3: return value ^ std::uint64_t{1} << random.below(static_cast<std::uint32_t>(8 * number.width));
    // A reference: a kind, and a low number.
    case 4: return std::uint64_t{random.below(8)} << 3 | random.below(8);
    case 5: return random.next();
    default: return read(bytes, one_like(number, fields.numbers, random));
    }
}

Bytes with_other_number(Bytes bytes, const Fields& fields, Random& random) {
    const Number& number = some_number(fields.numbers, random);
    write(bytes, number.at, number.width, other_value(bytes, fields, number, random));
    return bytes;
}

Bytes with_other_digest(Bytes bytes, const Fields& fields, Random& random) {
    const auto at = static_cast<std::ptrdiff_t>(one_of(fields.digests, random));
    if (random.one_in(4)) {
        bytes[static_cast<std::size_t>(at) + random.below(32)] ^= static_cast<std::uint8_t>(1U << random.below(8));
        return bytes;
    }
    const auto from = static_cast<std::ptrdiff_t>(one_of(fields.digests, random));
    std::copy_n(bytes.begin() + from, sizeof(Digest), bytes.begin() + at);
    return bytes;
}

Bytes with_other_blob(Bytes bytes, const Fields& fields, Random& random) {
    const Blob& blob = one_of(fields.blobs, random);
    if (blob.size == 0) return bytes;
    std::uint8_t& byte = bytes[blob.at + random.next() % blob.size];
    byte = static_cast<std::uint8_t>(random.one_in(2) ? byte ^ (1U << random.below(8)) : random.next());
    return bytes;
}

/// Bytes in place of the elements from `first` on and before `last`, which change the count by so much.
Bytes relisted(const Bytes& bytes, const List& list, std::size_t first, std::size_t last,
               std::span<const std::uint8_t> with, std::size_t count) {
    Bytes out = spliced(bytes, list.bounds[first], list.bounds[last], with);
    write(out, list.at, kCountBytes, list.size() - (last - first) + count);
    return out;
}

Bytes with_other_elements(const Bytes& bytes, const Fields& fields, Random& random) {
    const List& list = one_of(fields.lists, random);
    const std::size_t at = random.next() % (list.size() + 1);
    if (list.size() == 0 || (list.width != 0 && random.one_in(4))) {
        Bytes zeros(list.width);
        if (!zeros.empty() && random.one_in(2)) zeros[0] = static_cast<std::uint8_t>(random.next());
        return relisted(bytes, list, at, at, zeros, zeros.empty() ? 0 : 1);
    }
    const std::size_t from = random.next() % list.size();
    const std::span<const std::uint8_t> element = slice(bytes, list.bounds[from], list.bounds[from + 1]);
    switch (random.below(4)) {
    case 0: return relisted(bytes, list, from, from + 1, {}, 0);
    case 1: return relisted(bytes, list, at, at, element, 1);
    case 2: return relisted(bytes, list, at, list.size(), {}, 0);
    default: {
        // Two that change places.
        const std::size_t low = std::min(from, at);
        const std::size_t high = std::min(std::max(from, at), list.size() - 1);
        Bytes with(bytes.begin() + static_cast<std::ptrdiff_t>(list.bounds[high]),
                   bytes.begin() + static_cast<std::ptrdiff_t>(list.bounds[high + 1]));
        if (low == high) return bytes;
        const auto append = [&with](std::span<const std::uint8_t> more) {
            with.insert(with.end(), more.begin(), more.end());
        };
        append(slice(bytes, list.bounds[low + 1], list.bounds[high]));
        append(slice(bytes, list.bounds[low], list.bounds[low + 1]));
        return relisted(bytes, list, low, high + 1, with, high + 1 - low);
    }
    }
}

} // namespace

void FieldReader::note_numbers(List list, std::size_t count) noexcept {
    const std::size_t first = place() - count * list.width;
    for (std::size_t i = 0; i <= count; ++i)
        list.bounds.push_back(first + i * list.width);
    if (list.width == 1) {
        fields_.blobs.push_back({first, count});
    } else {
        for (std::size_t i = 0; i < count; ++i)
            fields_.numbers.push_back({list.bounds[i], list.width, list.shape});
    }
    fields_.lists.push_back(std::move(list));
}

void FieldReader::take_piece(MemoryState& memory, std::uint32_t piece) noexcept {
    if (piece >= (memory.size + MemoryState::kPieceBytes - 1) / MemoryState::kPieceBytes) {
        fail(ErrorCode::state_bad_number);
        return;
    }
    const auto size = static_cast<std::size_t>(memory.bytes_of(piece));
    if (!has(size)) return;
    fields_.blobs.push_back({place(), size});
    if (!memory.bytes.append(take(size))) fail(kOutOfMemory);
}

Bytes with_other_field(const Bytes& bytes, const Fields& fields, Random& random) {
    const std::uint32_t choice = random.below(16);
    if (choice == 0 && !fields.digests.empty()) return with_other_digest(bytes, fields, random);
    if (choice <= 3 && !fields.blobs.empty()) return with_other_blob(bytes, fields, random);
    if (choice <= 7 && !fields.lists.empty()) return with_other_elements(bytes, fields, random);
    return fields.numbers.empty() ? bytes : with_other_number(bytes, fields, random);
}

Bytes crossed(const Bytes& bytes, const Fields& fields, const Bytes& other, const Fields& others, Random& random) {
    const List& list = one_of(fields.lists, random);
    std::vector<std::size_t> like;
    for (std::size_t i = 0; i < others.lists.size(); ++i) {
        if (others.lists[i].shape == list.shape) like.push_back(i);
    }
    if (like.empty()) return bytes;
    const List& from = others.lists[one_of(like, random)];
    if (random.one_in(2) || from.size() == 0) {
        return relisted(bytes, list, 0, list.size(), slice(other, from.bounds.front(), from.bounds.back()),
                        from.size());
    }
    const std::size_t element = random.next() % from.size();
    const std::size_t at = random.next() % (list.size() + 1);
    return relisted(bytes, list, at, at, slice(other, from.bounds[element], from.bounds[element + 1]), 1);
}

} // namespace detent::fuzz
