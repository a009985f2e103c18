// Putting the module together: its own sections, with what is added behind, and what is left of its custom sections.
#include "engine/instrument/instrument.hpp"

#include "engine/binary/reader.hpp"
#include "engine/binary/section_id.hpp"
#include "engine/instrument/additions.hpp"
#include "engine/instrument/body.hpp"
#include "engine/instrument/failure.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace detent::instrument {

namespace {

constexpr std::size_t kPreambleBytes = 8;

/// Where the content of each section stands, and of those custom sections that stay right (INS-14).
struct Sections {
    std::array<ByteRange, kLastSectionId + 1> known{};
    std::vector<ByteRange> custom;

    explicit Sections(const Module& module) {
        Reader in(module.bytes.span(), kPreambleBytes, static_cast<std::uint32_t>(module.bytes.size()));
        while (!in.at_end()) {
            const std::uint8_t id = in.byte().assume_value();
            const std::uint32_t size = in.u32().assume_value();
            const ByteRange content{in.position(), in.position() + size};
            if (id == 0) custom.push_back(content);
            if (id != 0) known[id] = content;
            static_cast<void>(in.skip(size));
        }
    }
    [[nodiscard]] ByteRange operator[](SectionId id) const noexcept { return known[static_cast<std::size_t>(id)]; }
};

/// A name section without the names of labels, of which each function has one more; nothing if it is malformed.
std::optional<Emitter> names_that_stay(std::span<const std::uint8_t> module, Reader in) {
    constexpr std::uint8_t kLabels = 3;
    Emitter kept;
    while (!in.at_end()) {
        const std::uint32_t begin = in.position();
        const Result<std::uint8_t> id = in.byte();
        const Result<std::uint32_t> size = in.u32();
        if (id.has_error() || size.has_error() || in.skip(size.assume_value()).has_error()) return std::nullopt;
        if (id.assume_value() != kLabels) kept.append(module.subspan(begin, in.position() - begin));
    }
    return kept;
}

class ModuleRewriter {
  public:
    ModuleRewriter(const Code& code, const Schedule& schedule, const Options& options)
        : module_(code.module()), options_(options), sections_(module_), additions_(code, schedule) {}

    [[nodiscard]] Instrumented rewritten() {
        prepare();
        whole_.append(module_.bytes.span().first(kPreambleBytes));
        section(SectionId::type, extended(SectionId::type, additions_.types()));
        section(SectionId::import, copied(SectionId::import));
        section(SectionId::function, extended(SectionId::function, additions_.function_types()));
        section(SectionId::table, tables());
        section(SectionId::memory, memories());
        section(SectionId::tag, copied(SectionId::tag));
        section(SectionId::global, extended(SectionId::global, additions_.global_definitions()));
        section(SectionId::export_, exports_);
        section(SectionId::start, start_);
        section(SectionId::element, elements());
        section(SectionId::data_count, copied(SectionId::data_count));
        section(SectionId::code, bodies());
        section(SectionId::data, copied(SectionId::data));
        custom_sections();
        result_.bytes = std::move(whole_.vector());
        return std::move(result_);
    }

  private:
    /// Everything that adds definitions comes before any section is written.
    void prepare() {
        for (std::uint32_t i = 0; i < module_.bodies.size(); ++i) {
            const FuncIdx function{module_.imported_functions + i};
            bodies_.next().counted(rewrite_body(additions_, function, options_).bytes());
        }
        if (module_.start) start_.unsigned_leb(additions_.entry(*module_.start));
        exports();
    }

    // Exports: functions by way of their entries, then the state.

    void exports() {
        name_state();
        const StateGlobals& state = additions_.globals();
        const std::array globals = {state.fuel, state.depth, state.words, state.ending, state.call_base};
        exports_.unsigned_leb(module_.exports.size() + globals.size());
        for (const Export& own : module_.exports) {
            const bool is_function = own.kind == ExternKind::func;
            const std::uint32_t index = is_function ? additions_.entry(FuncIdx{own.index}) : own.index;
            export_as(module_.text(own.name), own.kind, index);
        }
        for (std::size_t i = 0; i < globals.size(); ++i)
            export_as(result_.names[i], ExternKind::global, globals[i]);
    }
    void export_as(std::string_view name, ExternKind kind, std::uint32_t index) {
        exports_.counted(name);
        exports_.byte(static_cast<std::uint8_t>(kind));
        exports_.unsigned_leb(index);
    }
    /// One underscore in front of all of them, as long as one is taken.
    void name_state() {
        std::ranges::copy(kStateNames, result_.names.begin());
        const auto is_taken = [this](const std::string& name) { return module_.find_export(name) != nullptr; };
        while (std::ranges::any_of(result_.names, is_taken)) {
            for (std::string& name : result_.names)
                name.insert(0, "_");
        }
    }

    // Sections.

    void section(SectionId id, const Emitter& content) {
        if (content.size() == 0) return;
        whole_.byte(static_cast<std::uint8_t>(id));
        whole_.counted(content.bytes());
    }
    [[nodiscard]] Emitter copied(SectionId id) const {
        Emitter content;
        content.append(module_.slice(sections_[id]));
        return content;
    }
    /// What the module defines, and more of it.
    [[nodiscard]] Emitter extended(SectionId id, const Definitions& more) const {
        const ByteRange own = sections_[id];
        Emitter content;
        if (own.size() == 0 && more.count == 0) return content;
        Reader in(module_.bytes.span(), own.begin, own.end);
        const std::uint32_t count = own.size() == 0 ? 0 : in.u32().assume_value();
        content.unsigned_leb(count + more.count);
        content.append(module_.slice({in.position(), own.end}));
        content.append(more.bytes.bytes());
        return content;
    }

    [[nodiscard]] Emitter bodies() const {
        Emitter content;
        content.unsigned_leb(bodies_.count + additions_.bodies().count);
        content.append(bodies_.bytes.bytes());
        content.append(additions_.bodies().bytes.bytes());
        return content;
    }

    /// A function that was declared only by its export would be so no more (spec: C.refs).
    [[nodiscard]] Emitter elements() const {
        std::vector<std::uint32_t> exported;
        for (const Export& own : module_.exports) {
            if (own.kind == ExternKind::func) exported.push_back(own.index);
        }
        Definitions declared;
        if (exported.empty()) return copied(SectionId::element);
        Emitter& out = declared.next();
        out.unsigned_leb(3);
        out.byte(0);
        out.unsigned_leb(exported.size());
        for (const std::uint32_t function : exported)
            out.unsigned_leb(function);
        return extended(SectionId::element, declared);
    }

    // Declared maxima are no more than the store gives (INS-10).

    void limits(Emitter& out, const Limits& declared, AddressType address, std::uint8_t flags,
                std::uint64_t most) const {
        constexpr std::uint8_t kHasMaximum = 1;
        constexpr std::uint8_t kIs64 = 4;
        out.byte(static_cast<std::uint8_t>(flags | kHasMaximum | (address == AddressType::i64 ? kIs64 : 0)));
        out.unsigned_leb(declared.minimum);
        out.unsigned_leb(declared.has_maximum ? std::min(declared.maximum, most) : most);
    }
    [[nodiscard]] Emitter memories() const {
        constexpr std::uint8_t kHasPageSize = 8;
        Emitter content;
        const std::uint32_t own = static_cast<std::uint32_t>(module_.memories.size()) - module_.imported_memories;
        if (own == 0) return content;
        content.unsigned_leb(own);
        for (const MemType& memory : module_.memories.span().subspan(module_.imported_memories)) {
            const std::uint64_t bytes = additions_.limit(Limit::store_memory_bytes);
            const std::uint64_t most = std::min(bytes >> memory.page_log, memory.most_pages());
            refuse_beyond(memory.limits.minimum, most, Limit::store_memory_bytes, SectionId::memory);
            const bool is_usual = memory.page_log == 16;
            limits(content, memory.limits, memory.address, is_usual ? 0 : kHasPageSize, most);
            if (!is_usual) content.unsigned_leb(memory.page_log);
        }
        return content;
    }
    [[nodiscard]] Emitter tables() const {
        Emitter content;
        const auto all = static_cast<std::uint32_t>(module_.tables.size());
        if (all == module_.imported_tables) return content;
        content.unsigned_leb(all - module_.imported_tables);
        for (std::uint32_t i = module_.imported_tables; i < all; ++i)
            table(content, module_.tables[i], module_.table_initializers[i]);
        return content;
    }
    void table(Emitter& out, const TableType& table, const std::optional<ConstExpr>& initializer) const {
        const std::uint64_t most = std::min(additions_.limit(Limit::table_elements), table.most_elements());
        refuse_beyond(table.limits.minimum, most, Limit::table_elements, SectionId::table);
        if (initializer) {
            out.byte(0x40);
            out.byte(0);
        }
        out.type(table.element);
        limits(out, table.limits, table.address, 0, most);
        if (initializer) out.append(module_.slice(initializer->bytes));
    }
    void refuse_beyond(std::uint64_t minimum, std::uint64_t most, Limit limit, SectionId where) const {
        if (minimum <= most) return;
        throw Failure{Error{ErrorCode::limit_exceeded, sections_[where].begin, static_cast<std::uint32_t>(limit)}};
    }

    void custom_sections() {
        for (const ByteRange content : sections_.custom) {
            Reader in(module_.bytes.span(), content.begin, content.end);
            const std::uint32_t length = in.u32().assume_value();
            const std::string_view name = module_.text({in.position(), in.position() + length});
            static_cast<void>(in.skip(length));
            if (name == "producers") custom(name, module_.slice({in.position(), content.end}));
            if (name != "name") continue;
            const std::optional<Emitter> kept = names_that_stay(module_.bytes.span(), in);
            if (kept) custom(name, kept->bytes());
        }
    }
    void custom(std::string_view name, std::span<const std::uint8_t> content) {
        Emitter inner;
        inner.counted(name);
        inner.append(content);
        whole_.byte(static_cast<std::uint8_t>(SectionId::custom));
        whole_.counted(inner.bytes());
    }

    const Module& module_;
    const Options& options_;
    Sections sections_;
    Additions additions_;
    Definitions bodies_;
    Emitter exports_;
    Emitter start_;
    Emitter whole_;
    Instrumented result_;
};

} // namespace

Result<Instrumented> instrument(const Code& code, const Schedule& schedule, const Options& options) noexcept {
    try {
        return ModuleRewriter(code, schedule, options).rewritten();
    } catch (const Failure& failure) {
        return failure.error;
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    } catch (const std::length_error&) {
        return kOutOfMemory;
    }
}

} // namespace detent::instrument
