// Loading: bytes as a state, the state as a store and an execution, and these as bytes again.
#include "engine/base/bytes.hpp"
#include "engine/exec/restore.hpp"

#include <algorithm>
#include <new>

namespace detent {
namespace {

using format::Part;

/// Reads until something is wrong, and remembers what; from then on it reads nothing. No list is made longer than the
/// bytes behind its count can fill.
class StateReader {
  public:
    StateReader(std::span<const std::uint8_t> bytes, PartOffsets& offsets) noexcept
        : bytes_(bytes), offsets_(offsets) {}

    [[nodiscard]] Status read(format::Saved& saved) noexcept {
        expect_magic();
        format::visit(*this, saved);
        if (position_ != bytes_.size()) fail(ErrorCode::state_unexpected_content);
        return status_;
    }

    void begin(Part part) noexcept {
        if (good() && !offsets_.add(part, position_)) status_ = kOutOfMemory;
    }

    void digest(Digest& digest) noexcept {
        if (has(digest.size())) std::ranges::copy(take(digest.size()), digest.begin());
    }

    template <class T>
    void number(T& value) noexcept {
        if (has(sizeof value)) value = read_little_endian<T>(take(sizeof value).data());
    }

    template <class T>
    void numbers(Buffer<T>& to) noexcept {
        const std::size_t size = count(sizeof(T));
        if (!good()) return;
        if (!to.resize(size)) {
            status_ = kOutOfMemory;
            return;
        }
        for (T& value : to)
            number(value);
    }

    template <class T, class Each>
    void list(Buffer<T>& to, std::size_t least, Each each) noexcept {
        const std::size_t size = count(least);
        for (std::size_t i = 0; good() && i < size; ++i) {
            if (to.emplace_back()) {
                each(to.back());
            } else {
                status_ = kOutOfMemory;
            }
        }
    }

    void pieces(MemoryState& memory) noexcept {
        list(memory.pieces, sizeof(std::uint32_t), [&](std::uint32_t& piece) {
            number(piece);
            if (!good()) return;
            if (piece >= (memory.size + MemoryState::kPieceBytes - 1) / MemoryState::kPieceBytes) {
                fail(ErrorCode::state_bad_number);
                return;
            }
            const auto size = static_cast<std::size_t>(memory.bytes_of(piece));
            if (has(size) && !memory.bytes.append(take(size))) status_ = kOutOfMemory;
        });
    }

  private:
    [[nodiscard]] bool good() const noexcept { return status_.has_value(); }
    void fail(ErrorCode code) noexcept {
        if (good()) status_ = Error{code, position_};
    }

    [[nodiscard]] bool has(std::size_t bytes) noexcept {
        if (bytes > bytes_.size() - position_) fail(ErrorCode::state_unexpected_end);
        return good();
    }
    [[nodiscard]] std::span<const std::uint8_t> take(std::size_t bytes) noexcept {
        position_ += bytes;
        return bytes_.subspan(position_ - bytes, bytes);
    }
    [[nodiscard]] std::size_t count(std::size_t least) noexcept {
        std::uint32_t count = 0;
        number(count);
        if (good() && count > (bytes_.size() - position_) / least) {
            position_ -= format::kCountBytes;
            fail(ErrorCode::state_unexpected_end);
        }
        return count;
    }

    void expect_magic() noexcept {
        const std::span<const std::uint8_t> first = bytes_.first(std::min(bytes_.size(), format::kMagic.size()));
        if (!std::ranges::equal(first, format::kMagic)) {
            fail(ErrorCode::not_a_state);
            return;
        }
        position_ = first.size();
        std::uint32_t version = 0;
        number(version);
        if (good() && version != format::kVersion) {
            position_ = first.size();
            fail(ErrorCode::unknown_state_version);
        }
    }

    std::span<const std::uint8_t> bytes_;
    PartOffsets& offsets_;
    std::size_t position_ = 0;
    Status status_ = ok();
};

} // namespace

class Loader {
  public:
    Loader(std::span<const std::uint8_t> bytes, const Surroundings& surroundings) noexcept
        : bytes_(bytes), surroundings_(surroundings) {}

    [[nodiscard]] Result<Loaded> run() noexcept {
        DETENT_CHECK(StateReader(bytes_, offsets_).read(saved_));
        DETENT_CHECK(check_names());
        DETENT_CHECK(find_modules());
        std::unique_ptr<Store> store(new (std::nothrow) Store(surroundings_.limits));
        if (store == nullptr) return kOutOfMemory;
        DETENT_TRY(Execution execution, restored(*store));
        DETENT_CHECK(check_canonical(execution));
        return Loaded(std::move(store), std::move(execution));
    }

  private:
    [[nodiscard]] Status check_names() const noexcept {
        const std::uint64_t offset = offsets_.at(Part::header);
        DETENT_TRY(const Digest schedule, format::digest_of(surroundings_.schedule, surroundings_.sha256));
        DETENT_TRY(const Digest limits, format::digest_of(surroundings_.limits, surroundings_.sha256));
        if (saved_.schedule != schedule) return Error{ErrorCode::wrong_schedule, offset};
        if (saved_.limits != limits) return Error{ErrorCode::wrong_limits, offset + schedule.size()};
        return ok();
    }

    [[nodiscard]] Status find_modules() noexcept {
        for (std::size_t i = 0; i < saved_.modules.size(); ++i) {
            DETENT_TRY(std::shared_ptr<const Code> code, surroundings_.codes.find(saved_.modules[i]));
            DETENT_TRY(const bool is_it, has_name(code.get(), saved_.modules[i]));
            if (!is_it) return Error{ErrorCode::unknown_module, offsets_.at(Part::module, i)};
            if (!codes_.push_back(std::move(code))) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Result<bool> has_name(const Code* code, const ModuleName& wanted) const noexcept {
        if (code == nullptr) return false;
        DETENT_TRY(const ModuleName name, format::name_of(*code, surroundings_.sha256));
        return name == wanted;
    }

    [[nodiscard]] Result<Execution> restored(Store& store) noexcept {
        Restoring r{saved_.state, offsets_, store, codes_.span(), {}, {}, {}, {}, {}, {}, {}, {}};
        DETENT_CHECK(restore_store(r, surroundings_.host_functions));
        DETENT_CHECK(check_constants(r));
        const Fuel used(saved_.state.used);
        std::unique_ptr<Machine> machine(new (std::nothrow) Machine(store, surroundings_.schedule, used, used));
        if (machine == nullptr) return kOutOfMemory;
        DETENT_CHECK(restore_stack(r, *machine));
        DETENT_CHECK(check_lifetimes(r));
        return Execution(std::move(machine));
    }

    /// What was made says the same, or the bytes say it in another way than the one.
    [[nodiscard]] Status check_canonical(const Execution& execution) const noexcept {
        DETENT_TRY(const Buffer<std::uint8_t> again, save(execution, surroundings_.sha256));
        const auto [differs, _] = std::ranges::mismatch(bytes_, again);
        if (differs == bytes_.end() && again.size() == bytes_.size()) return ok();
        return Error{ErrorCode::state_not_canonical, static_cast<std::uint64_t>(differs - bytes_.begin())};
    }

    std::span<const std::uint8_t> bytes_;
    const Surroundings& surroundings_;
    format::Saved saved_;
    PartOffsets offsets_;
    Buffer<std::shared_ptr<const Code>> codes_;
};

Result<Loaded> load(std::span<const std::uint8_t> bytes, const Surroundings& surroundings) noexcept {
    return Loader(bytes, surroundings).run();
}

} // namespace detent
