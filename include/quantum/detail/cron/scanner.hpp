#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "quantum/detail/cron/error.hpp"

/// The scanner of the field parsers: its position, what it can read there, and how it fails.
namespace quantum::cron::detail {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// 1-12 for "jan" … "dec", case-insensitive; 0 for anything else.
constexpr std::uint32_t month_named(const char* three) {
    constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (std::size_t i = 0; i < 12; ++i) {
        if (lower(three[0]) == names[3 * i] && lower(three[1]) == names[3 * i + 1] &&
            lower(three[2]) == names[3 * i + 2]) {
            return static_cast<std::uint32_t>(i + 1);
        }
    }
    return 0;
}

/// 0-6 for "sun" … "sat", case-insensitive; 7 for anything else.
constexpr std::uint32_t weekday_named(const char* three) {
    constexpr std::string_view names = "sunmontuewedthufrisat";
    for (std::size_t i = 0; i < 7; ++i) {
        if (lower(three[0]) == names[3 * i] && lower(three[1]) == names[3 * i + 1] &&
            lower(three[2]) == names[3 * i + 2]) {
            return static_cast<std::uint32_t>(i);
        }
    }
    return 7;
}

inline constexpr std::uint32_t too_large = 1'000'000'000;

class Scanner {
public:
    /// Scans the part [from, to) of `text`; columns are counted from the start of `text`.
    constexpr Scanner(std::string_view text, std::size_t from, std::size_t to, CronError& error)
        : begin_(text.data()), at_(begin_ + from), end_(begin_ + to), error_(error) {}

protected:
    /// Records the error [from, to); always returns false.
    constexpr bool fail(CronErrorKind kind, const char* from, const char* to) {
        error_.kind = kind;
        error_.in_field = in_field_;
        error_.field = field_;
        error_.column = static_cast<std::uint32_t>(from - begin_) + 1;
        error_.length = to > from ? static_cast<std::uint32_t>(to - from) : 1;
        return false;
    }

    [[nodiscard]] constexpr bool at_end() const { return at_ == end_; }
    [[nodiscard]] constexpr bool at(char c) const { return at_ != end_ && *at_ == c; }
    [[nodiscard]] constexpr bool at_digit() const { return at_ != end_ && is_digit(*at_); }
    [[nodiscard]] constexpr bool letter_at(std::ptrdiff_t i) const {
        return end_ - at_ > i && is_letter(at_[i]);
    }
    [[nodiscard]] constexpr bool at_item_end() const {
        return at_ == end_ || *at_ == ',' || is_blank(*at_);
    }
    /// The end of the item at the current position, for errors.
    [[nodiscard]] constexpr const char* item_end() const {
        const char* p = at_;
        while (p != end_ && *p != ',' && !is_blank(*p)) ++p;
        return p;
    }

    constexpr void skip_blanks() {
        while (at_ != end_ && is_blank(*at_)) ++at_;
    }

    /// Reads digits; a number that does not fit becomes `too_large`.
    constexpr std::uint32_t read_number() {
        std::uint32_t value = 0;
        for (; at_ != end_ && is_digit(*at_); ++at_) {
            if (value < too_large) value = value * 10 + static_cast<std::uint32_t>(*at_ - '0');
        }
        return value < too_large ? value : too_large;
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    CronError& error_;
    Field field_ = Field::minute;
    bool in_field_ = false;
};

}  // namespace quantum::cron::detail
