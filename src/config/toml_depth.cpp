#include "config/toml_depth.hpp"

#include <algorithm>
#include <vector>

namespace quantum::config {
namespace {

/// Reads a text just closely enough to tell brackets and dots from what only looks like them.
class DepthScan {
public:
    DepthScan(std::string_view text, std::size_t deepest) : text_(text), deepest_(deepest) {}

    std::optional<TextPlace> find() {
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        if (text_.starts_with(mark)) at_ = mark.size();
        while (at_ < text_.size()) {
            if (!step()) return place();
        }
        return std::nullopt;
    }

private:
    /// Over one character, or over the text or the comment that begins there. False: too deep.
    bool step() {
        const char c = text_[at_];
        switch (c) {
            case '"':
            case '\'':
                skip_text(c);
                begun_ = true;
                return true;
            case '#':
                at_ = std::min(text_.find('\n', at_), text_.size());
                return true;
            case '\n':
                ++at_;
                if (open_.empty()) end_line();
                return true;
            case ' ':
            case '\t':
            case '\r':
                ++at_;
                return true;
            case '[':
            case '{':
                return open(c);
            case ']':
            case '}':
                close();
                return true;
            case ',':
                // The next element, or the next key of an inline table.
                if (!open_.empty()) depth_ = open_.back() + 1;
                break;
            case '.':
                if (++depth_ > deepest_) return false;
                break;
            default:
                break;
        }
        begun_ = true;
        ++at_;
        return true;
    }

    bool open(char bracket) {
        if (bracket == '[' && !begun_) {  // [table], or [[table]]
            header_ = true;
            depth_ = 1;
            at_ += text_.substr(at_).starts_with("[[") ? 2 : 1;
        } else {
            open_.push_back(depth_);
            if (++depth_ > deepest_) return false;
            ++at_;
        }
        begun_ = true;
        return true;
    }

    void close() {
        ++at_;
        if (open_.empty()) return;  // of a header
        depth_ = open_.back();
        open_.pop_back();
    }

    void end_line() {
        if (header_) table_ = depth_;
        header_ = false;
        begun_ = false;
        depth_ = table_;
    }

    void skip_text(char quote) {
        const bool escapes = quote == '"';
        const std::string_view left = text_.substr(at_);
        const bool lines = left.size() >= 3 && left[1] == quote && left[2] == quote;
        at_ += lines ? 3 : 1;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\\' && escapes) {
                ++at_;
            } else if (c == quote && !lines) {
                ++at_;
                return;
            } else if ((c == quote && ends_here(quote)) || (c == '\n' && !lines)) {
                return;  // at a line's end it has none, which the parser will say
            }
        }
        at_ = std::min(at_, text_.size());
    }

    /// Three quotes end a text of lines, and up to two more before them are its own.
    bool ends_here(char quote) {
        std::size_t end = at_;
        while (end < text_.size() && end - at_ < 5 && text_[end] == quote) ++end;
        if (end - at_ < 3) return false;
        at_ = end;
        return true;
    }

    [[nodiscard]] TextPlace place() const {
        const std::string_view before = text_.substr(0, at_);
        const auto lines = std::count(before.begin(), before.end(), '\n');
        // Without a line end before it, npos + 1 is the beginning.
        return {static_cast<std::size_t>(lines) + 1, at_ - (before.rfind('\n') + 1) + 1};
    }

    std::string_view text_;
    std::size_t deepest_;
    std::size_t at_ = 0;
    std::size_t table_ = 0;  ///< how deep the table is that the last header named
    std::size_t depth_ = 0;
    std::vector<std::size_t> open_;  ///< of each open bracket the depth outside
    bool header_ = false;
    bool begun_ = false;  ///< something stands on this line before
};

}  // namespace

std::optional<TextPlace> find_too_deep(std::string_view text, std::size_t deepest) {
    return DepthScan(text, deepest).find();
}

}  // namespace quantum::config
