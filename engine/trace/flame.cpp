#include "engine/trace/flame.hpp"

#include "engine/binary/utf8.hpp"
#include "engine/trace/share.hpp"

#include <algorithm>
#include <vector>

namespace detent::trace {
namespace {

/// Lengths in hundredths of a unit of the picture, so that they are whole numbers.
constexpr std::uint64_t kHundredth = 100;
constexpr std::uint64_t kMargin = 10 * kHundredth;
constexpr std::uint64_t kWidth = 1200 * kHundredth;
constexpr std::uint64_t kLeastWidth = kHundredth / 10;
constexpr std::uint64_t kRow = 16;
constexpr std::uint64_t kHead = 40;
constexpr std::uint64_t kCharacter = 7 * kHundredth;
constexpr std::uint32_t kMostRows = 256;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The bytes of the first character; of bytes that are no UTF-8 one.
std::string_view first_character(std::string_view text) noexcept {
    const auto first = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(0, length);
    const std::vector<std::uint8_t> bytes(character.begin(), character.end());
    return find_malformed_utf8(bytes) ? text.substr(0, 1) : character;
}

std::string_view escaped(std::string_view character) noexcept {
    if (character == "&") return "&amp;";
    if (character == "<") return "&lt;";
    if (character == ">") return "&gt;";
    if (character == "\"") return "&quot;";
    if (character == "'") return "&apos;";
    const auto first = static_cast<std::uint8_t>(character[0]);
    const bool is_stray = character.size() == 1 && (first < 0x20 || first >= 0x7F);
    // spec: XML 1.0, Char
    const bool is_none = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
    return is_stray || is_none ? kReplacement : character;
}

/// So many characters at most; of a longer text the last one says so.
std::string shortened(std::string_view text, std::uint64_t characters) {
    std::size_t end = 0;
    for (std::uint64_t count = 0; end < text.size(); ++count) {
        if (count == characters) return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
        end += first_character(text.substr(end)).size();
    }
    return std::string(text);
}

/// Warm colours, by the name alone: FNV-1a.
std::string colour_of(std::string_view name) {
    std::uint32_t hash = 2166136261;
    for (const char byte : name)
        hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16777619;
    return "rgb(" + std::to_string(205 + hash % 50) + "," + std::to_string(90 + (hash >> 8) % 130) + "," +
           std::to_string((hash >> 16) % 60) + ")";
}

/// A path with everything below it, and where its children begin.
struct Box {
    Fuel fuel;
    std::uint64_t begin = 0;
    std::uint64_t filled = 0;
    std::uint32_t row = 0;
};

class Drawing {
  public:
    Drawing(const Profiler& profiler, const FunctionName& name)
        : paths_(profiler.paths()), name_(name), boxes_(paths_.size()) {}

    [[nodiscard]] std::string draw(std::string_view title) {
        add_up();
        place();
        std::string boxes;
        for (std::size_t i = 0; i < paths_.size(); ++i)
            draw_box(boxes, i);
        return head(title) + boxes + "</svg>\n";
    }

  private:
    [[nodiscard]] std::uint64_t total() const noexcept { return boxes_[0].fuel.units(); }

    /// Each path stands behind its parent.
    void add_up() noexcept {
        for (std::size_t i = paths_.size(); i-- != 0;) {
            boxes_[i].fuel = boxes_[i].fuel + paths_[i].self;
            if (i == 0) continue;
            Fuel& parent = boxes_[paths_[i].parent].fuel;
            parent = parent + boxes_[i].fuel;
        }
    }

    /// From the left: children in their order, then what the path itself used.
    void place() noexcept {
        for (std::size_t i = 1; i < paths_.size(); ++i) {
            Box& parent = boxes_[paths_[i].parent];
            boxes_[i].begin = parent.begin + parent.filled;
            boxes_[i].row = parent.row + 1;
            parent.filled += boxes_[i].fuel.units();
            if (is_drawn(i)) rows_ = std::max(rows_, boxes_[i].row + 1);
        }
    }

    [[nodiscard]] std::uint64_t at(std::uint64_t fuel) const noexcept { return share(fuel, total(), kWidth); }
    [[nodiscard]] std::uint64_t width(const Box& box) const noexcept {
        return at(box.begin + box.fuel.units()) - at(box.begin);
    }
    [[nodiscard]] bool is_drawn(std::size_t path) const noexcept {
        return boxes_[path].row < kMostRows && width(boxes_[path]) >= kLeastWidth;
    }

    [[nodiscard]] std::string name_of(std::size_t path) const {
        switch (paths_[path].function) {
        case PathProfile::kRoot: return "all";
        case PathProfile::kInstantiation: return "(instantiation)";
        case PathProfile::kEntries: return "(entry)";
        default: return name_(paths_[path].function);
        }
    }

    void draw_box(std::string& out, std::size_t path) const {
        if (!is_drawn(path)) return;
        const Box& box = boxes_[path];
        const std::string name = name_of(path);
        const std::string x = hundredths(kMargin + at(box.begin));
        const std::uint64_t y = kHead + box.row * kRow;
        out += "<g><title>" + xml_text(name) + ": " + std::to_string(box.fuel.units()) + " fuel, " +
               percent(box.fuel, boxes_[0].fuel) + "; itself " + std::to_string(paths_[path].self.units()) +
               "</title><rect x=\"" + x + "\" y=\"" + std::to_string(y) + "\" width=\"" + hundredths(width(box)) +
               "\" height=\"" + std::to_string(kRow - 1) + "\" fill=\"" + colour_of(name) + "\"/>";
        const std::uint64_t characters = width(box) / kCharacter;
        if (characters >= 3) {
            out += "<text x=\"" + hundredths(kMargin + at(box.begin) + 3 * kHundredth) + "\" y=\"" +
                   std::to_string(y + 11) + "\">" + xml_text(shortened(name, characters - 1)) + "</text>";
        }
        out += "</g>\n";
    }

    [[nodiscard]] std::string head(std::string_view title) const {
        const std::string width = std::to_string((kWidth + 2 * kMargin) / kHundredth);
        const std::string height = std::to_string(kHead + rows_ * kRow + 10);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
               "\" viewBox=\"0 0 " + width + " " + height + "\" font-family=\"monospace\" font-size=\"11\">\n" +
               "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"10\" y=\"24\" font-size=\"14\">" +
               xml_text(title) + ": " + std::to_string(total()) + " fuel</text>\n";
    }

    std::span<const PathProfile> paths_;
    const FunctionName& name_;
    std::vector<Box> boxes_;
    std::uint32_t rows_ = 1;
};

} // namespace

std::string xml_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view character = first_character(text);
        out += escaped(character);
        text.remove_prefix(character.size());
    }
    return out;
}

std::string flame_graph(const Profiler& profile, std::string_view title, const FunctionName& name) {
    return Drawing(profile, name).draw(title);
}

} // namespace detent::trace
