#include "engine/text/script.hpp"

#include "engine/text/cursor.hpp"
#include "engine/text/failure.hpp"
#include "engine/text/fields.hpp"
#include "engine/text/module.hpp"
#include "engine/text/script_values.hpp"

#include <utility>

namespace detent::text {

namespace {

/// What becomes of a text module that does not parse.
enum class OnError : std::uint8_t { fails_script, belongs_to_command };

/// Places of a text that are asked for in order: each takes as long as the text since the one before.
class Places {
  public:
    explicit Places(std::string_view source) : source_(source) {}

    Place at(std::size_t offset) {
        const Place step = place_at(source_.substr(last_.offset, offset - last_.offset + 1), offset - last_.offset);
        last_.column = step.line == 1 ? last_.column + step.column - 1 : step.column;
        last_.line += step.line - 1;
        last_.offset = offset;
        return last_;
    }

  private:
    std::string_view source_;
    Place last_;
};

class ScriptParser {
  public:
    ScriptParser(std::string_view source, const ParseOptions& options)
        : options_(options), tokens_(tokenize(source)), cursor_(tokens_, 0), places_(source) {}

    Script run() {
        Script out;
        if (cursor_.kind() == TokenKind::open && cursor_.kind(1) == TokenKind::keyword && is_field(cursor_.word(1))) {
            out.commands.push_back(bare_fields());
            return out;
        }
        while (cursor_.kind() != TokenKind::end)
            out.commands.push_back(command());
        return out;
    }

  private:
    Place here() { return places_.at(cursor_.offset()); }

    ScriptId id() {
        if (cursor_.kind() != TokenKind::id) return std::nullopt;
        return std::string(cursor_.optional_id());
    }

    Command bare_fields() {
        ScriptModule module;
        module.place = here();
        const auto last = static_cast<std::uint32_t>(tokens_.tokens.size() - 1);
        module.parsed = parse_fields(tokens_, 0, last, std::nullopt, options_);
        return {module.place, ModuleCommand{std::move(module)}};
    }

    Command command() {
        Command out;
        out.place = here();
        if (cursor_.is_open("module")) {
            module_command(out);
        } else if (cursor_.accept_open("register")) {
            RegisterCommand& it = out.what.emplace<RegisterCommand>();
            it.name = cursor_.name();
            it.instance = id();
            cursor_.close();
        } else if (cursor_.is_open("invoke") || cursor_.is_open("get")) {
            out.what = ActionCommand{action()};
        } else {
            assertion(out);
        }
        return out;
    }

    void module_command(Command& out) {
        const std::uint32_t begin = cursor_.at();
        cursor_.jump(begin + 2);
        if (cursor_.accept_keyword("instance")) {
            InstanceCommand& it = out.what.emplace<InstanceCommand>();
            it.instance = id();
            it.module = id();
            return cursor_.close();
        }
        if (cursor_.is_keyword("definition")) {
            cursor_.jump(begin);
            out.what = DefinitionCommand{module(out.place, OnError::fails_script)};
        } else {
            cursor_.jump(begin);
            out.what = ModuleCommand{module(out.place, OnError::fails_script)};
        }
    }

    /// `(module definition? $id? …)`
    ScriptModule module(Place place, OnError on_error) {
        ScriptModule out;
        out.place = place;
        const std::uint32_t begin = cursor_.at();
        cursor_.skip_group();
        const std::uint32_t last = cursor_.at() - 1;
        cursor_.jump(begin);
        cursor_.expect_open("module");
        static_cast<void>(cursor_.accept_keyword("definition"));
        out.id = id();
        if (cursor_.accept_keyword("binary")) {
            out.form = ModuleForm::binary;
            const std::string bytes = strings();
            out.parsed = ParsedModule{{bytes.begin(), bytes.end()}, {}, out.id};
        } else if (cursor_.accept_keyword("quote")) {
            out.form = ModuleForm::quote;
            out.quoted = strings();
            out.parsed = guarded([&] { return parse_text(out.quoted, options_); });
        } else {
            text_module(out, last, on_error);
        }
        cursor_.close();
        return out;
    }

    void text_module(ScriptModule& out, std::uint32_t last, OnError on_error) {
        out.parsed = guarded([&] { return parse_fields(tokens_, cursor_.at(), last, out.id, options_); });
        cursor_.jump(last);
        const bool is_fault = !out.parsed && kind_of(out.parsed.assume_error().code) == ErrorKind::fault;
        if (!out.parsed && (on_error == OnError::fails_script || is_fault)) throw Failure{out.parsed.assume_error()};
    }

    std::string strings() {
        std::string out;
        while (cursor_.kind() == TokenKind::string)
            out += cursor_.string();
        return out;
    }

    Action action() {
        if (cursor_.accept_open("invoke")) {
            Invoke out;
            out.instance = id();
            out.name = cursor_.name();
            out.arguments = script_arguments(cursor_);
            cursor_.close();
            return out;
        }
        cursor_.expect_open("get");
        Get out;
        out.instance = id();
        out.name = cursor_.name();
        cursor_.close();
        return out;
    }

    /// `(assert_… …)`
    void assertion(Command& out) {
        cursor_.expect(TokenKind::open);
        if (cursor_.accept_keyword("assert_return")) {
            AssertReturn& it = out.what.emplace<AssertReturn>();
            it.action = action();
            it.results = script_results(cursor_);
        } else if (cursor_.accept_keyword("assert_trap")) {
            assert_trap(out.what.emplace<AssertTrap>());
        } else if (cursor_.accept_keyword("assert_exhaustion")) {
            AssertExhaustion& it = out.what.emplace<AssertExhaustion>();
            it.action = action();
            it.message = cursor_.string();
        } else if (cursor_.accept_keyword("assert_exception")) {
            out.what = AssertException{action()};
        } else {
            assert_module(out.what.emplace<AssertModule>());
        }
        cursor_.close();
    }

    void assert_trap(AssertTrap& out) {
        if (cursor_.is_open("module")) {
            out.what = module(here(), OnError::fails_script);
        } else {
            out.what = action();
        }
        out.message = cursor_.string();
    }

    void assert_module(AssertModule& out) {
        out.fault = module_fault();
        const bool may_fail = out.fault != ModuleFault::invalid && out.fault != ModuleFault::unlinkable;
        out.module = module(here(), may_fail ? OnError::belongs_to_command : OnError::fails_script);
        out.message = cursor_.string();
    }

    ModuleFault module_fault() {
        if (cursor_.accept_keyword("assert_malformed")) return ModuleFault::malformed;
        if (cursor_.accept_keyword("assert_invalid")) return ModuleFault::invalid;
        if (cursor_.accept_keyword("assert_unlinkable")) return ModuleFault::unlinkable;
        if (cursor_.accept_keyword("assert_malformed_custom")) return ModuleFault::malformed_custom;
        if (cursor_.accept_keyword("assert_invalid_custom")) return ModuleFault::invalid_custom;
        cursor_.unexpected();
    }

    ParseOptions options_;
    Tokens tokens_;
    Cursor cursor_;
    Places places_;
};

} // namespace

Result<Script> parse_script(std::string_view source, const ParseOptions& options) noexcept {
    return guarded([&] { return ScriptParser(source, options).run(); });
}

} // namespace detent::text
