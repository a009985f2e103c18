#include "engine/text/annotations.hpp"

#include "engine/binary/section_id.hpp"
#include "engine/text/failure.hpp"
#include "engine/text/strings.hpp"

#include <algorithm>
#include <span>

namespace detent::text {

namespace {

/// The tokens of one annotation.
class Content {
  public:
    Content(const Tokens& tokens, const Annotation& annotation) : tokens_(tokens), annotation_(annotation) {
        at_ = annotation.first;
        skip_annotations();
    }

    [[nodiscard]] bool is_at_end() const noexcept { return at_ == annotation_.last; }
    [[nodiscard]] std::uint32_t offset() const noexcept {
        return is_at_end() ? annotation_.begin : tokens_.annotation_tokens[at_].begin;
    }
    [[nodiscard]] bool is(TokenKind kind) const noexcept {
        return !is_at_end() && tokens_.annotation_tokens[at_].kind == kind;
    }
    [[nodiscard]] std::string_view word() const noexcept { return tokens_.text(tokens_.annotation_tokens[at_]); }

    void advance() noexcept {
        ++at_;
        skip_annotations();
    }

    /// Takes a token off the front if it is of this kind.
    bool accept(TokenKind kind) noexcept {
        const bool holds = is(kind);
        if (holds) advance();
        return holds;
    }

    /// Takes strings off the front, joined.
    std::string strings() {
        std::string out;
        for (; is(TokenKind::string); advance())
            out += decoded(word());
        return out;
    }

  private:
    /// Passes over annotations inside this one: `(` and, touching it, a word that begins with `@`.
    void skip_annotations() noexcept {
        const std::vector<Token>& all = tokens_.annotation_tokens;
        while (at_ + 1 < annotation_.last && all[at_].kind == TokenKind::open && all[at_ + 1].begin == all[at_].end &&
               tokens_.text(all[at_ + 1]).starts_with('@')) {
            std::size_t depth = 0;
            do {
                if (all[at_].kind == TokenKind::open) ++depth;
                if (all[at_].kind == TokenKind::close) --depth;
                ++at_;
            } while (depth != 0);
        }
    }

    const Tokens& tokens_;
    const Annotation& annotation_;
    std::uint32_t at_;
};

struct SectionKeyword {
    std::string_view word;
    unsigned place;
};

constexpr SectionKeyword kSections[] = {
    {"first", 0},
    {"last", kLastPlace},
    {"type", place_of(SectionId::type)},
    {"import", place_of(SectionId::import)},
    {"func", place_of(SectionId::function)},
    {"table", place_of(SectionId::table)},
    {"memory", place_of(SectionId::memory)},
    {"tag", place_of(SectionId::tag)},
    {"global", place_of(SectionId::global)},
    {"export", place_of(SectionId::export_)},
    {"start", place_of(SectionId::start)},
    {"elem", place_of(SectionId::element)},
    {"datacount", place_of(SectionId::data_count)},
    {"code", place_of(SectionId::code)},
    {"data", place_of(SectionId::data)},
};

unsigned section_place(const Content& content) {
    const auto has_word = [&](const SectionKeyword& one) noexcept { return one.word == content.word(); };
    const auto* found = content.is(TokenKind::keyword)
                            ? std::find_if(std::begin(kSections), std::end(kSections), has_word)
                            : std::end(kSections);
    if (found == std::end(kSections)) fail(ErrorCode::custom_malformed_section, content.offset());
    return found->place;
}

/// `(before section)`, `(after section)`
Placement placement(Content& content) {
    if (!content.accept(TokenKind::open)) return {true, kLastPlace};
    Placement out;
    const bool is_word = content.is(TokenKind::keyword);
    if (!is_word || (content.word() != "before" && content.word() != "after")) {
        fail(ErrorCode::custom_malformed_placement, content.offset());
    }
    out.is_after = content.word() == "after";
    content.advance();
    out.place = section_place(content);
    content.advance();
    if (!content.accept(TokenKind::close)) fail(ErrorCode::custom_malformed_placement, content.offset());
    return out;
}

CustomSection custom_section(const Tokens& tokens, const Annotation& annotation) {
    Content content(tokens, annotation);
    CustomSection out;
    out.text_offset = annotation.begin;
    if (!content.is(TokenKind::string)) fail(ErrorCode::custom_without_name, content.offset());
    out.name = decoded(content.word());
    if (!is_utf8(out.name)) fail(ErrorCode::custom_malformed_name, content.offset());
    content.advance();
    out.placement = placement(content);
    out.content = content.strings();
    if (!content.is_at_end()) fail(ErrorCode::custom_unexpected_token, content.offset());
    return out;
}

/// The one string that an annotation holds.
std::string only_string(const Tokens& tokens, const Annotation& annotation, ErrorCode otherwise) {
    Content content(tokens, annotation);
    const bool is_string = content.is(TokenKind::string);
    std::string out = is_string ? decoded(content.word()) : std::string();
    content.accept(TokenKind::string);
    if (!is_string || !content.is_at_end()) fail(otherwise, content.offset());
    return out;
}

bool stands_before(const Annotation& one, std::uint32_t place) noexcept { return one.place < place; }

ErrorCode misplaced(AnnotationKind kind) noexcept {
    switch (kind) {
    case AnnotationKind::custom: return ErrorCode::custom_misplaced;
    case AnnotationKind::name: return ErrorCode::name_misplaced;
    case AnnotationKind::branch_hint: return ErrorCode::hint_misplaced;
    }
    return ErrorCode::unexpected_token;
}

} // namespace

Annotations::Annotations(const Tokens& tokens, std::uint32_t first, std::uint32_t last) : tokens_(tokens) {
    const auto& all = tokens.annotations;
    begin_ = static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), first, stands_before) - all.begin());
    end_ = static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), last + 1, stands_before) - all.begin());
    is_taken_.resize(end_ - begin_);
}

std::size_t Annotations::first_at(std::uint32_t token) const noexcept {
    const auto& all = tokens_.annotations;
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto to = all.begin() + static_cast<std::ptrdiff_t>(end_);
    return static_cast<std::size_t>(std::lower_bound(from, to, token, stands_before) - all.begin());
}

const Annotation* Annotations::take(std::uint32_t token, AnnotationKind kind) {
    if (begin_ == end_) return nullptr;
    for (std::size_t i = first_at(token); i != end_ && tokens_.annotations[i].place == token; ++i) {
        if (tokens_.annotations[i].kind != kind || is_taken_[i - begin_]) continue;
        is_taken_[i - begin_] = true;
        return &tokens_.annotations[i];
    }
    return nullptr;
}

std::optional<std::string> Annotations::take_name(std::uint32_t token) {
    const Annotation* found = take(token, AnnotationKind::name);
    if (found == nullptr) return std::nullopt;
    std::string name = only_string(tokens_, *found, ErrorCode::name_malformed);
    if (!is_utf8(name)) fail(ErrorCode::malformed_utf8, found->begin);
    return name;
}

void Annotations::take_custom(std::uint32_t token, std::vector<CustomSection>& out) {
    for (std::size_t i = first_at(token); i != end_ && tokens_.annotations[i].place == token; ++i) {
        if (tokens_.annotations[i].kind != AnnotationKind::custom) continue;
        is_taken_[i - begin_] = true;
        out.push_back(custom_section(tokens_, tokens_.annotations[i]));
    }
}

std::optional<bool> Annotations::take_hint(std::uint32_t token) {
    const Annotation* found = take(token, AnnotationKind::branch_hint);
    if (found == nullptr) return std::nullopt;
    const std::string hint = only_string(tokens_, *found, ErrorCode::hint_malformed);
    if (hint.size() != 1 || static_cast<unsigned char>(hint[0]) > 1) fail(ErrorCode::hint_malformed, found->begin);
    if (const Annotation* second = take(token, AnnotationKind::branch_hint)) {
        fail(ErrorCode::hint_duplicate, second->begin);
    }
    return hint[0] == 1;
}

void Annotations::check_all_taken() const {
    for (std::size_t i = begin_; i < end_; ++i) {
        const Annotation& one = tokens_.annotations[i];
        if (!is_taken_[i - begin_]) fail(misplaced(one.kind), one.begin);
    }
}

} // namespace detent::text
