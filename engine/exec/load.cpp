// Loading: bytes as a state, the state as a store and an execution, and these as bytes again.
#include "engine/base/archive.hpp"
#include "engine/exec/restore.hpp"

#include <new>

namespace detent {
namespace {

using format::Part;

/// Reads memories too, and notes where parts begin.
class StateReader final : public ArchiveReader {
  public:
    StateReader(std::span<const std::uint8_t> bytes, PartOffsets& offsets) noexcept
        : ArchiveReader(bytes), offsets_(offsets) {}

    [[nodiscard]] Status read(format::Saved& saved) noexcept {
        head(format::kMagic, format::kVersion);
        format::visit(*this, saved);
        expect_end();
        return status();
    }

    void begin(Part part) noexcept {
        if (good() && !offsets_.add(part, position())) fail(kOutOfMemory);
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
            if (has(size) && !memory.bytes.append(take(size))) fail(kOutOfMemory);
        });
    }

  private:
    PartOffsets& offsets_;
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
        return check_same(bytes_, again.span());
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
