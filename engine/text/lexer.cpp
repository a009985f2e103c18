// From characters to tokens, in one pass over the text and without recursion: comments, parentheses and annotations
// nest as deeply as they like.
#include "engine/base/result.hpp"
#include "engine/binary/utf8.hpp"
#include "engine/text/failure.hpp"
#include "engine/text/literals.hpp"
#include "engine/text/strings.hpp"
#include "engine/text/token.hpp"

#include <limits>
#include <optional>
#include <span>

namespace detent::text {

namespace {

/// spec: text-idchar
bool is_id_char(char c) noexcept {
    constexpr std::string_view kMarks = "!#$%&'*+-./:<=>?@\\^_`|~";
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(c) != kMarks.npos;
}

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Characters that are in no token but those of an annotation.
bool is_punctuation(char c) noexcept { return std::string_view(",;[]{}").find(c) != std::string_view::npos; }

std::optional<AnnotationKind> kind_of_annotation(std::string_view id) noexcept {
    if (id == "custom") return AnnotationKind::custom;
    if (id == "name") return AnnotationKind::name;
    if (id == "metadata.code.branch_hint") return AnnotationKind::branch_hint;
    return std::nullopt;
}

class Lexer {
  public:
    explicit Lexer(std::string_view source) : source_(source) { out_.source = source; }

    Tokens run() {
        check_source();
        while (at_ < source_.size())
            step();
        out_.tokens.push_back({TokenKind::end, here(), here(), 0});
        return std::move(out_);
    }

  private:
    void check_source() const {
        if (source_.size() >= std::numeric_limits<std::uint32_t>::max()) fail(ErrorCode::text_too_large, 0);
        const std::span bytes(reinterpret_cast<const std::uint8_t*>(source_.data()), source_.size());
        if (const auto at = find_malformed_utf8(bytes)) fail(ErrorCode::malformed_utf8, *at);
    }

    [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(at_); }

    /// Whether these characters are next.
    [[nodiscard]] bool is_next(std::string_view characters) const noexcept {
        return source_.substr(at_).starts_with(characters);
    }

    void step() {
        if (skip_space()) return;
        if (is_next("(@")) return annotation();
        if (source_[at_] == '(') return open();
        if (source_[at_] == ')') return close();
        const Token token = word();
        if (token.kind == TokenKind::reserved) fail(ErrorCode::unknown_operator, token.begin);
        out_.tokens.push_back(token);
    }

    /// Passes over a blank or a comment, if one is next.
    bool skip_space() {
        if (is_space(source_[at_])) {
            ++at_;
        } else if (is_next(";;")) {
            at_ = std::min(source_.find_first_of("\n\r", at_), source_.size());
        } else if (is_next("(;")) {
            block_comment();
        } else {
            return false;
        }
        return true;
    }

    void block_comment() {
        const std::size_t begin = at_;
        std::size_t depth = 0;
        do {
            if (at_ >= source_.size()) fail(ErrorCode::unclosed_comment, begin);
            const bool opens = is_next("(;");
            const bool closes = is_next(";)");
            depth = opens ? depth + 1 : closes ? depth - 1 : depth;
            at_ += opens || closes ? 2 : 1;
        } while (depth != 0);
    }

    void open() {
        open_.push_back(static_cast<std::uint32_t>(out_.tokens.size()));
        out_.tokens.push_back({TokenKind::open, here(), here() + 1, 0});
        ++at_;
    }

    void close() {
        Token token{TokenKind::close, here(), here() + 1, 0};
        if (!open_.empty()) {
            token.link = open_.back();
            out_.tokens[open_.back()].link = static_cast<std::uint32_t>(out_.tokens.size());
            open_.pop_back();
        }
        out_.tokens.push_back(token);
        ++at_;
    }

    /// The longest run of characters that form one token, or that would without touching.
    Token word() {
        const std::size_t begin = at_;
        if (is_punctuation(source_[at_])) {
            ++at_;
        } else {
            while (at_ < source_.size() && (is_id_char(source_[at_]) || source_[at_] == '"'))
                word_part(begin);
        }
        if (at_ == begin) fail(ErrorCode::illegal_character, begin);
        Token token{TokenKind::reserved, static_cast<std::uint32_t>(begin), here(), 0};
        classify(token);
        return token;
    }

    void word_part(std::size_t begin) {
        if (source_[at_] != '"') {
            ++at_;
        } else if (at_ == begin + 1 && source_[begin] == '$') {
            at_ = end_of_name(begin, ErrorCode::empty_identifier);
        } else {
            at_ = end_of_string(source_, at_);
        }
    }

    /// The offset behind a string that names something, and so must be a string and not an empty one, of UTF-8; it
    /// begins here.
    [[nodiscard]] std::size_t end_of_name(std::size_t begin, ErrorCode empty) const {
        std::size_t end = 0;
        try {
            end = end_of_string(source_, at_);
        } catch (const Failure& failure) {
            // A string that ends nowhere is none, so there is nothing behind the mark.
            if (failure.error.code == ErrorCode::illegal_escape) throw;
            fail(empty, begin);
        }
        if (end == at_ + 2) fail(empty, begin);
        if (!is_utf8(decoded(source_.substr(at_, end - at_)))) fail(ErrorCode::malformed_utf8, at_);
        return end;
    }

    void classify(Token& token) {
        const std::string_view text = source_.substr(token.begin, token.end - token.begin);
        const std::size_t quote = text.find('"');
        if (text[0] == '$') {
            classify_id(token, text, quote);
        } else if (quote == 0) {
            if (end_of_string(source_, token.begin) == token.end) token.kind = TokenKind::string;
        } else if (quote == text.npos && text[0] >= 'a' && text[0] <= 'z') {
            token.kind = TokenKind::keyword;
        } else if (quote == text.npos && (is_digit(text[0]) || text[0] == '+' || text[0] == '-')) {
            token.kind = kind_of_number(text);
        }
    }

    void classify_id(Token& token, std::string_view text, std::size_t quote) {
        if (quote == text.npos) {
            if (text.size() > 1) token.kind = TokenKind::id;
        } else if (quote == 1 && end_of_string(source_, token.begin + 1) == token.end) {
            token.kind = TokenKind::id;
            if (!is_in_annotation_) {
                out_.quoted_ids.push_back(decoded(text.substr(1)));
                token.link = static_cast<std::uint32_t>(out_.quoted_ids.size());
            }
        }
        if (text.size() == 1 && !is_in_annotation_) fail(ErrorCode::empty_identifier, token.begin);
    }

    void annotation() {
        const std::size_t begin = at_;
        is_in_annotation_ = true;
        at_ += 2;
        const std::string id = annotation_id(begin);
        const auto first = static_cast<std::uint32_t>(out_.annotation_tokens.size());
        annotation_content(begin);
        is_in_annotation_ = false;
        const auto last = static_cast<std::uint32_t>(out_.annotation_tokens.size());
        if (const auto kind = kind_of_annotation(id)) {
            const auto place = static_cast<std::uint32_t>(out_.tokens.size());
            out_.annotations.push_back({*kind, place, static_cast<std::uint32_t>(begin), first, last});
        } else {
            out_.annotation_tokens.resize(first);
        }
    }

    std::string annotation_id(std::size_t begin) {
        const std::size_t id = at_;
        if (at_ < source_.size() && source_[at_] == '"') {
            at_ = end_of_name(begin, ErrorCode::empty_annotation_id);
            return decoded(source_.substr(id, at_ - id));
        }
        while (at_ < source_.size() && is_id_char(source_[at_]))
            ++at_;
        if (at_ == id) fail(ErrorCode::empty_annotation_id, begin);
        return std::string(source_.substr(id, at_ - id));
    }

    /// Tokens up to the parenthesis that closes the annotation, which belongs to it and is not kept.
    void annotation_content(std::size_t begin) {
        std::size_t depth = 1;
        while (depth != 0) {
            if (at_ >= source_.size()) fail(ErrorCode::unclosed_annotation, begin);
            if (skip_space()) continue;
            const char c = source_[at_];
            if (c == '(' || c == ')') {
                depth = c == '(' ? depth + 1 : depth - 1;
                const TokenKind kind = c == '(' ? TokenKind::open : TokenKind::close;
                out_.annotation_tokens.push_back({kind, here(), here() + 1, 0});
                ++at_;
            } else {
                out_.annotation_tokens.push_back(word());
            }
        }
        out_.annotation_tokens.pop_back();
    }

    std::string_view source_;
    std::size_t at_ = 0;
    Tokens out_;
    std::vector<std::uint32_t> open_;
    bool is_in_annotation_ = false;
};

} // namespace

Tokens tokenize(std::string_view source) { return Lexer(source).run(); }

} // namespace detent::text
