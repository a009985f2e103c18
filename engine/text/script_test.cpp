// Scripts: every command and every form of value.
#include "engine/text/script.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent::text {

namespace {

Script script_of(std::string_view source) {
    Result<Script> script = parse_script(source);
    INFO(source);
    if (!script.has_value()) FAIL(describe(source, script.assume_error()));
    return std::move(script).assume_value();
}

/// The only command of a script, which is of this kind.
template <class T>
T only(std::string_view source) {
    Script script = script_of(source);
    INFO(source);
    REQUIRE(script.commands.size() == 1);
    REQUIRE(std::holds_alternative<T>(script.commands[0].what));
    return std::get<T>(std::move(script.commands[0].what));
}

Value result_of(std::string_view value) {
    const auto command = only<AssertReturn>("(assert_return (get \"g\") " + std::string(value) + ")");
    REQUIRE(command.results.size() == 1);
    REQUIRE(command.results[0].choices.size() == 1);
    return command.results[0].choices[0];
}

void check_number(std::string_view source, NumberType type, std::uint64_t bits, NanPattern nan = NanPattern::none) {
    INFO(source);
    const Value value = result_of(source);
    const Number* number = std::get_if<Number>(&value);
    REQUIRE(number != nullptr);
    CHECK(number->type == type);
    CHECK(number->bits == bits);
    CHECK(number->nan == nan);
}

void check_reference(std::string_view source, ReferenceKind kind, std::string_view heap_type,
                     std::optional<std::uint32_t> number) {
    INFO(source);
    const Value value = result_of(source);
    const Reference* reference = std::get_if<Reference>(&value);
    REQUIRE(reference != nullptr);
    CHECK(reference->kind == kind);
    CHECK(reference->heap_type == heap_type);
    CHECK(reference->number == number);
}

} // namespace

TEST_CASE("script: modules as text, bytes, quotes and bare fields") {
    const auto text = only<ModuleCommand>("(module $m (func))").module;
    CHECK(text.form == ModuleForm::text);
    CHECK(text.id == "m");
    CHECK(text.parsed.assume_value().id == "m");
    CHECK(text.parsed.assume_value().bytes.size() > 8);
    const auto binary = only<ModuleCommand>("(module binary \"\\00as\" \"m\")").module;
    CHECK(binary.form == ModuleForm::binary);
    CHECK(binary.parsed.assume_value().bytes == std::vector<std::uint8_t>{0, 'a', 's', 'm'});
    const auto quote = only<ModuleCommand>("(module quote \"(func\" \")\")").module;
    CHECK(quote.form == ModuleForm::quote);
    CHECK(quote.quoted == "(func)");
    CHECK(quote.parsed.assume_value().bytes.size() > 8);
    CHECK(only<ModuleCommand>("(func) (memory 0)").module.parsed.assume_value().bytes.size() > 8);
    CHECK(script_of("").commands.empty());
}

TEST_CASE("script: definitions and instances") {
    const auto definition = only<DefinitionCommand>("(module definition $m (func))");
    CHECK(definition.module.id == "m");
    CHECK(only<DefinitionCommand>("(module definition binary \"\")").module.form == ModuleForm::binary);
    const auto instance = only<InstanceCommand>("(module instance $i $m)");
    CHECK(instance.instance == "i");
    CHECK(instance.module == "m");
    const auto bare = only<InstanceCommand>("(module instance)");
    CHECK(!bare.instance.has_value());
    CHECK(!bare.module.has_value());
    const auto named = only<RegisterCommand>("(register \"n\" $i)");
    CHECK(named.name == "n");
    CHECK(named.instance == "i");
}

TEST_CASE("script: actions and assertions over them") {
    const auto action = only<ActionCommand>("(invoke $i \"f\" (i32.const 1) (ref.extern 2))").action;
    CHECK(std::get<Invoke>(action).instance == "i");
    CHECK(std::get<Invoke>(action).name == "f");
    CHECK(std::get<Invoke>(action).arguments.size() == 2);
    CHECK(std::get<Get>(only<ActionCommand>("(get \"g\")").action).name == "g");
    CHECK(only<AssertReturn>("(assert_return (invoke \"f\"))").results.empty());
    CHECK(only<AssertReturn>("(assert_return (invoke \"f\") (i32.const 1) (i64.const 2))").results.size() == 2);
    CHECK(only<AssertTrap>("(assert_trap (invoke \"f\") \"why\")").message == "why");
    CHECK(only<AssertExhaustion>("(assert_exhaustion (invoke \"f\") \"deep\")").message == "deep");
    CHECK(std::holds_alternative<Invoke>(only<AssertException>("(assert_exception (invoke \"f\"))").action));
    const auto trap = only<AssertTrap>("(assert_trap (module (func)) \"start\")");
    CHECK(std::holds_alternative<ScriptModule>(trap.what));
}

TEST_CASE("script: assertions over modules") {
    const auto fault = [](const std::string& keyword) {
        return only<AssertModule>("(" + keyword + " (module quote \"(func\") \"m\")").fault;
    };
    CHECK(fault("assert_malformed") == ModuleFault::malformed);
    CHECK(fault("assert_invalid") == ModuleFault::invalid);
    CHECK(fault("assert_unlinkable") == ModuleFault::unlinkable);
    CHECK(fault("assert_malformed_custom") == ModuleFault::malformed_custom);
    CHECK(fault("assert_invalid_custom") == ModuleFault::invalid_custom);
}

TEST_CASE("script: a module that does not parse is an error of its command or of the script") {
    const auto quote = only<AssertModule>("(assert_malformed (module quote \"(func end)\") \"m\")");
    REQUIRE(!quote.module.parsed.has_value());
    CHECK(quote.module.parsed.assume_error() == Error{ErrorCode::unexpected_token, 6});
    const std::string text = "(assert_malformed (module (func end)) \"m\") (module)";
    const Script script = script_of(text);
    CHECK(script.commands.size() == 2);
    CHECK(std::get<AssertModule>(script.commands[0].what).module.parsed.assume_error().offset == text.find("end"));
    CHECK(!only<ModuleCommand>("(module quote \"(func end)\")").module.parsed.has_value());
    CHECK(parse_script("(module (func end))").assume_error() == Error{ErrorCode::unexpected_token, 14});
    CHECK(!parse_script("(assert_invalid (module (func end)) \"m\")").has_value());
}

TEST_CASE("script: numbers are given by their bits, results also by a pattern") {
    check_number("(i32.const -1)", NumberType::i32, 0xFFFFFFFF);
    check_number("(i64.const 0x8000000000000000)", NumberType::i64, 0x8000000000000000);
    check_number("(f32.const -0)", NumberType::f32, 0x80000000);
    check_number("(f64.const nan:0x1)", NumberType::f64, 0x7FF0000000000001);
    check_number("(f32.const nan:canonical)", NumberType::f32, 0, NanPattern::canonical);
    check_number("(f64.const nan:arithmetic)", NumberType::f64, 0, NanPattern::arithmetic);
    CHECK(!parse_script("(invoke \"f\" (f32.const nan:canonical))").has_value());
}

TEST_CASE("script: vectors have a shape, bytes and patterns by lane") {
    const Value value = result_of("(v128.const f32x4 1 nan:canonical -0 nan:arithmetic)");
    const Vector* vector = std::get_if<Vector>(&value);
    REQUIRE(vector != nullptr);
    CHECK(vector->shape == Shape::f32x4);
    CHECK(vector->bytes == std::array<std::uint8_t, 16>{0, 0, 0x80, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x80});
    CHECK(vector->nans ==
          std::array{NanPattern::none, NanPattern::canonical, NanPattern::none, NanPattern::arithmetic});
    const Value lanes = result_of("(v128.const i16x8 1 2 3 4 5 6 7 -1)");
    CHECK(std::get<Vector>(lanes).bytes[14] == 0xFF);
    CHECK(std::get<Vector>(lanes).shape == Shape::i16x8);
    CHECK(!parse_script("(assert_return (get \"g\") (v128.const i64x2 1))").has_value());
    CHECK(!parse_script("(assert_return (get \"g\") (v128.const i64x2 1 2 3))").has_value());
}

TEST_CASE("script: references") {
    check_reference("(ref.null func)", ReferenceKind::null, "func", std::nullopt);
    check_reference("(ref.null $t)", ReferenceKind::null, "$t", std::nullopt);
    check_reference("(ref.null)", ReferenceKind::null, "", std::nullopt);
    check_reference("(ref.extern 7)", ReferenceKind::extern_, "", 7);
    check_reference("(ref.extern)", ReferenceKind::extern_, "", std::nullopt);
    check_reference("(ref.host 0)", ReferenceKind::host, "", 0);
    check_reference("(ref.func)", ReferenceKind::func, "", std::nullopt);
    check_reference("(ref.i31)", ReferenceKind::i31, "", std::nullopt);
    check_reference("(ref.eq)", ReferenceKind::eq, "", std::nullopt);
    check_reference("(ref.struct)", ReferenceKind::struct_, "", std::nullopt);
    check_reference("(ref.array)", ReferenceKind::array, "", std::nullopt);
    check_reference("(ref.any)", ReferenceKind::any, "", std::nullopt);
    check_reference("(ref.exn)", ReferenceKind::exn, "", std::nullopt);
}

TEST_CASE("script: a result may be one of several") {
    const auto command =
        only<AssertReturn>("(assert_return (get \"g\") (either (i32.const 1) (i32.const 2)) (i32.const 3))");
    REQUIRE(command.results.size() == 2);
    CHECK(command.results[0].choices.size() == 2);
    CHECK(command.results[1].choices.size() == 1);
    CHECK(!parse_script("(assert_return (get \"g\") (either))").has_value());
}

TEST_CASE("script: commands know their places") {
    const Script script = script_of("(module)\r\n(register \"é\")(register\n\"b\")\n  (invoke \"f\")");
    REQUIRE(script.commands.size() == 4);
    CHECK(script.commands[0].place == Place{0, 1, 1});
    CHECK(script.commands[1].place == Place{10, 2, 1});
    CHECK(script.commands[2].place == Place{25, 2, 15});
    CHECK(script.commands[3].place == Place{42, 4, 3});
}

TEST_CASE("script: what is no command is refused") {
    for (const char* source :
         {"(modul)", "(invoke f)", "(assert_return)", "(module))", "module", "(get \"a\" 1)",
          "(assert_return (invoke \"f\") (i32.add 1))", "(register $a)", "(module", "(module) (func)"})
        CHECK(!parse_script(source).has_value());
}

} // namespace detent::text
