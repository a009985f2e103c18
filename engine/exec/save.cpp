// Saving: a state as bytes.
#include "engine/exec/machine.hpp"
#include "engine/exec/writer.hpp"

#include <algorithm>

namespace detent {
namespace format {
Result<Buffer<std::uint8_t>> write(const Saved& saved) noexcept {
    Writer out;
    out.head(kMagic, kVersion);
    visit(out, saved);
    return out.finish();
}

Result<Digest> digest_of(const Schedule& schedule, Sha256 sha256) noexcept {
    Buffer<std::uint8_t> bytes;
    if (!bytes.resize(Schedule::canonical_size())) return kOutOfMemory;
    schedule.write_canonical(bytes.span());
    return sha256(bytes.span());
}

Result<Digest> digest_of(const LimitValues& limits, Sha256 sha256) noexcept {
    Buffer<std::uint8_t> bytes;
    if (!append_canonical(limits, bytes)) return kOutOfMemory;
    return sha256(bytes.span());
}

Result<ModuleName> name_of(const Code& code, Sha256 sha256) noexcept {
    Buffer<std::uint8_t> profile;
    if (!code.profile().append_canonical(profile)) return kOutOfMemory;
    return ModuleName{sha256(code.module().bytes.span()), sha256(profile.span())};
}

namespace {

/// Whether the host has added nothing but functions, and each number is that of one function.
bool is_nameable(const Store& store) noexcept {
    std::size_t memories = 0;
    std::size_t tables = 0;
    std::size_t globals = 0;
    std::size_t tags = 0;
    for (const Instance& instance : store.instances()) {
        const Module& module = instance.module();
        memories += instance.memories.size() - module.imported_memories;
        tables += instance.tables.size() - module.imported_tables;
        globals += instance.globals.size() - module.imported_globals;
        tags += instance.tags.size() - module.imported_tags;
    }
    return memories == store.memories().size() && tables == store.tables().size() &&
           globals == store.globals().size() && tags == store.tags().size();
}

/// Whether no two host modules have given functions the same number.
Result<bool> are_numbers_unique(const Store& store) noexcept {
    Buffer<const Function*> all;
    for (const Function& function : store.functions()) {
        if (function.host != nullptr && !all.push_back(&function)) return kOutOfMemory;
    }
    std::ranges::sort(all, {}, &Function::host_number);
    const auto clash = [](const Function* one, const Function* next) {
        return one->host_number == next->host_number && (one->host != next->host || one->canonical != next->canonical);
    };
    return std::ranges::adjacent_find(all, clash) == all.end();
}

} // namespace

Result<Saved> describe(const Execution& execution, Sha256 sha256) noexcept {
    const Machine& machine = execution.machine();
    Saved saved;
    DETENT_TRY(saved.schedule, digest_of(machine.schedule(), sha256));
    DETENT_TRY(saved.limits, digest_of(machine.store().limits(), sha256));
    DETENT_TRY(const Buffer<const Code*> modules, modules_of(machine));
    for (const Code* module : modules) {
        DETENT_TRY(const ModuleName name, name_of(*module, sha256));
        if (!saved.modules.push_back(name)) return kOutOfMemory;
    }
    DETENT_TRY(saved.state, capture(execution));
    return saved;
}

} // namespace format

Result<Buffer<std::uint8_t>> save(const Execution& execution, Sha256 sha256) noexcept {
    const Machine& machine = execution.machine();
    if (!machine.is_suspended()) return Error{ErrorCode::not_suspended};
    DETENT_TRY(const bool is_unique, format::are_numbers_unique(machine.store()));
    if (!is_unique || !format::is_nameable(machine.store())) return Error{ErrorCode::not_savable};
    DETENT_TRY(const format::Saved saved, format::describe(execution, sha256));
    return format::write(saved);
}

} // namespace detent
