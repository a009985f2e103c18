// Fields: where the numbers, lists and digests of saved bytes are, told by the visits that write and load them, and
// changes of single ones that leave all others what they are.
#pragma once

#include "engine/exec/format.hpp"
#include "engine/testing/module_builder.hpp"
#include "engine/testing/random.hpp"

#include <cstdint>
#include <vector>

namespace detent::fuzz {

using testing::Bytes;
using testing::Random;

/// Fields of one shape are the same part of like things: all positions of frames, say.
using Shape = std::uint64_t;

struct Number {
    std::size_t at = 0;
    std::size_t width = 0;
    Shape shape = 0;
};

/// A count of 32 bits, and its elements behind it.
struct List {
    std::size_t at = 0;
    Shape shape = 0;
    /// Bytes of each element where they are numbers; else 0.
    std::size_t width = 0;
    /// Where each element begins, and where the last one ends.
    std::vector<std::size_t> bounds;

    [[nodiscard]] std::size_t size() const { return bounds.size() - 1; }
};

/// Bytes without a structure of their own.
struct Blob {
    std::size_t at = 0;
    std::size_t size = 0;
};

struct Fields {
    std::vector<Number> numbers;
    std::vector<List> lists;
    std::vector<Blob> blobs;
    std::vector<std::size_t> digests;
};

/// An archive that reads, and notes where everything stands.
class FieldReader final : public ArchiveReader {
  public:
    /// So many bytes stand in front of these.
    FieldReader(std::span<const std::uint8_t> bytes, Fields& fields, std::size_t before = 0) noexcept
        : ArchiveReader(bytes), fields_(fields), before_(before) {}

    void begin(format::Part) noexcept {}

    template <class T>
    void number(T& value) noexcept {
        const std::size_t at = place();
        const Shape shape = next_shape();
        ArchiveReader::number(value);
        if (good()) fields_.numbers.push_back({at, sizeof(T), shape});
    }

    void digest(std::array<std::uint8_t, 32>& digest) noexcept {
        const std::size_t at = place();
        ArchiveReader::digest(digest);
        if (good()) fields_.digests.push_back(at);
    }

    template <class T>
    void numbers(Buffer<T>& to) noexcept {
        List list{place(), next_shape(), sizeof(T), {}};
        ArchiveReader::numbers(to);
        if (good()) note_numbers(std::move(list), to.size());
    }

    template <class T, class Each>
    void list(Buffer<T>& to, std::size_t least, Each each) noexcept {
        List list{place(), next_shape(), 0, {}};
        const Shape outer_shape = outer_shape_;
        const std::uint64_t outer_fields = fields_before_;
        outer_shape_ = list.shape;
        ArchiveReader::list(to, least, [&](T& element) {
            list.bounds.push_back(place());
            fields_before_ = 0;
            each(element);
        });
        outer_shape_ = outer_shape;
        fields_before_ = outer_fields;
        if (!good()) return;
        list.bounds.push_back(place());
        fields_.lists.push_back(std::move(list));
    }

    void pieces(MemoryState& memory) noexcept {
        list(memory.pieces, sizeof(std::uint32_t), [&](std::uint32_t& piece) {
            number(piece);
            if (good()) take_piece(memory, piece);
        });
    }

  private:
    [[nodiscard]] std::size_t place() const noexcept { return before_ + position(); }
    [[nodiscard]] Shape next_shape() noexcept { return outer_shape_ * 0x100000001B3 + ++fields_before_; }
    void note_numbers(List list, std::size_t count) noexcept;
    void take_piece(MemoryState& memory, std::uint32_t piece) noexcept;

    Fields& fields_;
    std::size_t before_;
    /// Of the list whose element is read, and how many fields of that were read before.
    Shape outer_shape_ = 0;
    std::uint64_t fields_before_ = 0;
};

/// Changes one field: a number, a digest, bytes, or which elements a list has.
[[nodiscard]] Bytes with_other_field(const Bytes& bytes, const Fields& fields, Random& random);

/// Replaces a list, or one of its elements, by one of the same shape in other bytes.
[[nodiscard]] Bytes crossed(const Bytes& bytes, const Fields& fields, const Bytes& other, const Fields& others,
                            Random& random);

} // namespace detent::fuzz
