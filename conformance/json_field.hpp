// Field: a value of a document together with its place, read as what a format says it must be.
#pragma once

#include "conformance/json.hpp"
#include "conformance/vector.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Looks at a Json, which MUST outlive it. Everything that reads throws FormatError with the place.
class Field {
  public:
    explicit Field(const Json& value, std::string pointer = "") : value_(&value), pointer_(std::move(pointer)) {}

    [[noreturn]] void refuse(const std::string& reason) const { throw FormatError(pointer_, reason); }

    /// An object with all keys of the first list, some of the second, and no others.
    void shape(std::initializer_list<std::string_view> required,
               std::initializer_list<std::string_view> optional = {}) const;
    [[nodiscard]] bool has(std::string_view name) const { return value_->find(name) != nullptr; }
    /// The member of that name, which MUST be there.
    [[nodiscard]] Field at(std::string_view name) const { return Field(*value_->find(name), below(pointer_, name)); }

    /// The members of an object, whatever their names; the items of an array.
    [[nodiscard]] std::vector<Field> members() const;
    [[nodiscard]] std::vector<Field> items() const;
    /// The key under which it stands, as a string with the same place.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    [[nodiscard]] bool is_null() const noexcept { return value_->kind == Json::Kind::null; }
    /// The only value that it may have.
    void must_be(std::string_view text) const;
    void must_be(std::uint64_t number) const;
    void must_be_true() const;
    /// Without control characters.
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] std::uint32_t u32() const;
    [[nodiscard]] std::uint64_t u64() const { return number_of(text()); }
    [[nodiscard]] Fuel fuel() const;
    [[nodiscard]] ByteString bytes(std::size_t least = 0, std::size_t most = kAny) const;
    [[nodiscard]] Hash hash() const { return hash_from(bytes(32, 32)); }
    [[nodiscard]] Address address() const { return address_from(bytes(32, 32)); }
    /// A name of lower-case words and digits, joined by `-` or `_`.
    [[nodiscard]] const std::string& word() const;
    /// A status by its name.
    [[nodiscard]] Outcome outcome() const;

    /// The same, of the key.
    [[nodiscard]] std::uint64_t name_u64() const { return number_of(name_); }
    [[nodiscard]] ByteString name_bytes(std::size_t least, std::size_t most) const {
        return bytes_of(name_, least, most);
    }
    [[nodiscard]] Address name_address() const { return address_from(name_bytes(32, 32)); }
    [[nodiscard]] const std::string& name_word() const;

  private:
    static constexpr std::size_t kAny = ~std::size_t{0};

    Field(const Json& value, std::string pointer, std::string name)
        : value_(&value), pointer_(std::move(pointer)), name_(std::move(name)) {}

    [[nodiscard]] const std::vector<Json::Member>& members_of(Json::Kind kind, const char* what) const;
    [[nodiscard]] std::uint64_t number_of(std::string_view digits) const;
    [[nodiscard]] ByteString bytes_of(std::string_view hex, std::size_t least, std::size_t most) const;

    const Json* value_;
    std::string pointer_;
    std::string name_;
};

/// "0x00ff"
[[nodiscard]] std::string hex(ByteView bytes);

/// Whether a text is lower-case words and digits, joined by single `-` or `_`.
[[nodiscard]] bool is_word(std::string_view text) noexcept;

} // namespace detent::conformance
