#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "quantum/cron/draw.hpp"
#include "quantum/cron/error.hpp"
#include "quantum/cron/finish.hpp"
#include "quantum/cron/rules.hpp"

/// The one grammar of fields. Runs in the compiler too, allocates nothing, reads each byte once.
namespace quantum::cron {

/// What a text of fields or a macro says.
struct ParsedText {
    enum class Kind : std::uint8_t { fields, reboot, interval };

    Kind kind = Kind::fields;
    CronExpression expression;         ///< kind fields
    std::chrono::seconds interval{0};  ///< kind interval
};

namespace detail {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// 1-12 for "jan" … "dec" in any case, 0 for all else.
constexpr std::uint32_t month_named(const char* three) {
    constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (std::uint32_t i = 0; i < 12; ++i) {
        if (lower(three[0]) == names[3 * i] && lower(three[1]) == names[3 * i + 1] &&
            lower(three[2]) == names[3 * i + 2]) {
            return i + 1;
        }
    }
    return 0;
}

/// 0-6 for "sun" … "sat" in any case, 7 for all else.
constexpr std::uint32_t weekday_named(const char* three) {
    constexpr std::string_view names = "sunmontuewedthufrisat";
    for (std::uint32_t i = 0; i < 7; ++i) {
        if (lower(three[0]) == names[3 * i] && lower(three[1]) == names[3 * i + 1] &&
            lower(three[2]) == names[3 * i + 2]) {
            return i;
        }
    }
    return 7;
}

inline constexpr std::uint32_t too_large = 1'000'000'000;

/// Reads one text by one dialect's rules. Functions return false after `fail`.
template <const Rules& rules>
class FieldParser {
public:
    constexpr FieldParser(std::string_view text, std::string_view name, ParsedText& out,
                          CronError& error)
        : begin_(text.data()),
          end_(text.data() + text.size()),
          at_(begin_),
          name_(name),
          out_(out),
          e_(out.expression),
          error_(error) {}

    constexpr bool parse() {
        if (!rules.single_blanks) {
            while (end_ != at_ && is_blank(end_[-1])) --end_;
            skip_blanks();
        }
        if (at_ == end_) return fail(CronErrorKind::empty_text, at_, at_ + 1);
        if (*at_ == '@') return parse_macro();
        if (rules.dash_prefix && *at_ == '-') ++at_;
        return parse_fields();
    }

private:
    /// One item: values, and whether it counts as running or as a star.
    struct Item {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::uint32_t step = 0;  ///< 0: no step was written
        bool star = false;
        bool range = false;
    };

    constexpr bool fail(CronErrorKind kind, const char* from, const char* to) {
        error_.kind = kind;
        error_.in_field = in_field_;
        error_.field = field_;
        error_.column = static_cast<std::uint32_t>(from - begin_) + 1;
        error_.length = to > from ? static_cast<std::uint32_t>(to - from) : 1;
        return false;
    }

    constexpr void skip_blanks() {
        while (at_ != end_ && is_blank(*at_)) ++at_;
    }

    [[nodiscard]] constexpr bool at_item_end() const {
        return at_ == end_ || *at_ == ',' || is_blank(*at_);
    }

    /// Where the item around `at_` ends: for errors.
    [[nodiscard]] constexpr const char* item_end() const {
        const char* p = at_;
        while (p != end_ && *p != ',' && !is_blank(*p)) ++p;
        return p;
    }

    // --- the fields -----------------------------------------------------------------------

    constexpr bool parse_fields() {
        in_field_ = true;
        std::uint32_t count = 0;
        std::uint32_t order = rules.first_field;
        for (;; ++order) {
            field_ = static_cast<Field>(order);
            if (!parse_field()) return false;
            ++count;
            if (at_ == end_) break;
            if (rules.single_blanks) {
                ++at_;
            } else {
                skip_blanks();
            }
            if (count == rules.max_fields) {
                in_field_ = false;
                return fail(CronErrorKind::extra_fields, at_, end_);
            }
        }
        if (count < rules.min_fields) {
            field_ = static_cast<Field>(order + 1);
            return fail(CronErrorKind::missing_fields, end_, end_ + 1);
        }
        for (++order; order <= static_cast<std::uint32_t>(Field::year); ++order) {
            set_all(static_cast<Field>(order));
        }
        return complete();
    }

    constexpr bool parse_field() {
        field_begin_ = at_;
        item_ = 0;
        std::uint64_t set = 0;
        for (;; ++item_) {
            if (!parse_item(set)) return false;
            if (at_ == end_ || *at_ != ',') break;
            ++at_;
        }
        if (at_ != end_ && !is_blank(*at_)) {
            return fail(CronErrorKind::not_a_value, at_, item_end());
        }
        if (rules.day_fields == DayFields::vixie && *field_begin_ == '*') e_.starred.add(field_);
        store(set);
        return true;
    }

    constexpr void store(std::uint64_t set) {
        switch (field_) {
            case Field::second:
                e_.seconds = set;
                break;
            case Field::minute:
                e_.minutes = set;
                break;
            case Field::hour:
                e_.hours = static_cast<std::uint32_t>(set);
                break;
            case Field::day:
                e_.days = static_cast<std::uint32_t>(set);
                break;
            case Field::month:
                e_.months = static_cast<std::uint16_t>(set);
                break;
            case Field::weekday:
                e_.weekdays = fold_weekdays(set);
                break;
            case Field::year:
                break;  // went into e_.years item by item
        }
    }

    /// Bits 0-7 (Sunday 0 and 7) or 1-7 (Sunday 1) to bits 0-6.
    static constexpr std::uint8_t fold_weekdays(std::uint64_t set) {
        if (rules.weekdays_from_one) return static_cast<std::uint8_t>(set >> 1 & all_weekdays);
        return static_cast<std::uint8_t>((set | set >> 7) & all_weekdays);
    }

    constexpr void set_all(Field field) {
        e_.running.add(field);
        e_.starred.add(field);
        switch (field) {
            case Field::second:
            case Field::minute:
                e_.minutes = (std::uint64_t{1} << 60) - 1;
                break;
            case Field::hour:
                e_.hours = (1U << 24) - 1;
                break;
            case Field::day:
                e_.days = all_days;
                break;
            case Field::month:
                e_.months = all_months;
                break;
            case Field::weekday:
                e_.weekdays = all_weekdays;
                break;
            case Field::year:
                break;
        }
    }

    constexpr bool complete() {
        const bool day_starred = e_.starred.has(Field::day);
        const bool weekday_starred = e_.starred.has(Field::weekday);
        switch (rules.day_fields) {
            case DayFields::vixie:
            case DayFields::star_or_both:
            case DayFields::either:
                e_.day_rule = day_starred || weekday_starred ? DayRule::both : DayRule::either;
                break;
            case DayFields::both:
            case DayFields::one_question:
                e_.day_rule = DayRule::both;
                break;
        }
        e_.special.short_months_clamp = rules.short_months_clamp && e_.special.nearest_weekday != 0;
        if (finish(e_)) return true;
        field_ = Field::day;
        return fail(CronErrorKind::never_matches, begin_, end_);
    }

    // --- one item -------------------------------------------------------------------------

    constexpr bool parse_item(std::uint64_t& set) {
        if (at_item_end()) {
            if (rules.empty_items && at_ != end_ && *at_ == ',') return true;
            return fail(CronErrorKind::empty_item, at_, at_ + 1);
        }
        const char* const start = at_;
        const Range range = range_of(rules, field_);
        Item item;
        if (*at_ == '*') {
            ++at_;
            item = {.first = range.low, .last = range.high, .star = true, .range = true};
        } else {
            bool done = false;
            if (!parse_special(set, done)) return false;
            if (done) return true;
            if (!parse_value(item.first)) return false;
            item.last = item.first;
            if (at_ != end_ && *at_ == '-') {
                ++at_;
                if (!parse_value(item.last)) return false;
                item.range = true;
                if (rules.open_special_ranges && !parse_range_end(item, range)) return false;
            } else if (!parse_suffix(set, item.first, start, done)) {
                return false;
            }
            if (done) return true;
        }
        if (at_ != end_ && *at_ == '/' && !parse_step(item, start)) return false;
        if (!at_item_end()) return fail(CronErrorKind::not_a_value, start, item_end());
        if (item.first > item.last && !rules.reversed_ranges) {
            return fail(CronErrorKind::reversed_range, start, at_);
        }
        if (item.star || item.step != 0) e_.running.add(field_);
        if (item.star && item.step <= 1) e_.starred.add(field_);
        if (field_ == Field::year) return add_years(item, start);
        set |= values(item, range);
        return true;
    }

    /// A number or a name of this field.
    constexpr bool parse_value(std::uint32_t& value) {
        const char* const start = at_;
        if (at_ == end_) return fail(CronErrorKind::empty_item, at_, at_ + 1);
        if (rules.signs && *at_ == '+' && end_ - at_ > 1 && is_digit(at_[1])) ++at_;
        if (is_digit(*at_)) {
            value = read_number();
            const Range range = range_of(rules, field_);
            if (value < range.low || value > range.high) {
                return fail(CronErrorKind::out_of_range, start, at_);
            }
            return true;
        }
        if (rules.names && end_ - at_ >= 3 && is_letter(*at_)) {
            if (field_ == Field::month) {
                value = month_named(at_);
                if (value != 0 && !letter_at(3)) return at_ += 3, true;
            } else if (field_ == Field::weekday) {
                value = weekday_named(at_);
                // `MONL` is Monday with a suffix.
                if (value != 7 && (!letter_at(3) || (at_[3] == 'L' && !letter_at(4)))) {
                    if (rules.weekdays_from_one) ++value;
                    if (rules.divisible_steps && value == 0) value = 7;
                    return at_ += 3, true;
                }
            }
        }
        return not_a_value(start);
    }

    [[nodiscard]] constexpr bool letter_at(std::ptrdiff_t i) const {
        return end_ - at_ > i && is_letter(at_[i]);
    }

    constexpr bool not_a_value(const char* start) {
        if (at_item_end()) return fail(CronErrorKind::empty_item, start, start + 1);
        const char c = *start;
        const bool alone = end_ - start == 1 || !is_letter(start[1]);
        if (c == '?' || c == '~' || (alone && (c == 'H' || c == 'L' || c == 'W'))) {
            return fail(CronErrorKind::not_in_dialect, start, item_end());
        }
        return fail(CronErrorKind::not_a_value, start, item_end());
    }

    /// Digits; what does not fit is `too_large`.
    constexpr std::uint32_t read_number() {
        std::uint32_t value = 0;
        for (; at_ != end_ && is_digit(*at_); ++at_) {
            if (value < too_large) value = value * 10 + static_cast<std::uint32_t>(*at_ - '0');
        }
        return value < too_large ? value : too_large;
    }

    constexpr bool parse_step(Item& item, const char* start) {
        const char* const slash = at_++;
        const char* const number = at_;
        if (rules.signs && end_ - at_ > 1 && (*at_ == '+' || *at_ == '-') && is_digit(at_[1])) {
            ++at_;
        }
        if (at_ == end_ || !is_digit(*at_)) {
            return fail(CronErrorKind::bad_step, slash, item_end());
        }
        item.step = read_number();
        if (item.step == 0) return fail(CronErrorKind::zero_step, number, at_);
        if (item.step == too_large) return fail(CronErrorKind::out_of_range, number, at_);
        if (at_ != end_ && *at_ == '/') return fail(CronErrorKind::bad_step, start, item_end());
        if (!item.range) {
            item.last = range_of(rules, field_).high;
            if (field_ == Field::year && rules.divisible_steps) item.last = 3000;
        }
        return true;
    }

    /// The values of a range with its step, one bit each.
    static constexpr std::uint64_t span(std::uint32_t first, std::uint32_t last) {
        return (~std::uint64_t{0} >> (63 - (last - first))) << first;
    }

    constexpr std::uint64_t values(const Item& item, const Range& range) const {
        if (item.step == 0) {
            if (item.first <= item.last) return span(item.first, item.last);
            return span(item.first, range.high) | span(range.low, item.last);
        }
        if (rules.divisible_steps) return divisible(item, range);
        std::uint64_t set = 0;
        const auto add = [&set](std::uint32_t first, std::uint32_t last, std::uint32_t step) {
            for (std::uint32_t v = first; v <= last; v += step) set |= std::uint64_t{1} << v;
        };
        if (item.first <= item.last) {
            add(item.first, item.last, item.step);
        } else {
            add_wrapped(set, item, range);
        }
        return set;
    }

    /// Quartz counts on across the wrap: 22-2/3 is 22, 1.
    static constexpr void add_wrapped(std::uint64_t& set, const Item& item, const Range& range) {
        const std::uint32_t cycle = range.high - range.low + 1;
        for (std::uint32_t v = item.first; v <= item.last + cycle; v += item.step) {
            set |= std::uint64_t{1} << (v > range.high ? v - cycle : v);
        }
    }

    /// Quantum keeps the values of the range whose distance from its start (from 0 for a star) is
    /// divisible by the step, by plain subtraction, and knows Sunday only as 7 here.
    static constexpr std::uint64_t divisible(const Item& item, const Range& range) {
        std::uint64_t set = 0;
        const std::uint32_t from = item.star ? 0 : item.first;
        const std::uint32_t low = range.high == 7 ? 1 : range.low;
        for (std::uint32_t v = low; v <= range.high; ++v) {
            const bool inside = item.first <= item.last ? v >= item.first && v <= item.last
                                                        : v >= item.first || v <= item.last;
            const std::uint32_t distance = v >= from ? v - from : from - v;
            if (inside && distance % item.step == 0) set |= std::uint64_t{1} << v;
        }
        return set;
    }

    /// Quantum compares a number with the special by their types, and numbers are always less:
    /// `1-5#2` is `1-7`.
    constexpr bool parse_range_end(Item& item, const Range& range) {
        if (at_item_end() || *at_ == '/') return true;
        const char* const start = at_;
        const bool of_weekday = field_ == Field::weekday && (*at_ == 'L' || *at_ == '#');
        const bool of_day = field_ == Field::day && *at_ == 'W';
        if (of_weekday || of_day) {
            const bool nth = *at_++ == '#';
            const bool number = at_ != end_ && is_digit(*at_);
            if (number) read_number();
            if (nth == number && at_item_end()) {
                item.last = range.high;
                return true;
            }
        }
        return fail(CronErrorKind::bad_special, start, item_end());
    }

    // --- specials -------------------------------------------------------------------------

    /// Items that begin with a letter or sign of their own: L, LW, L-3, ?, ~, H.
    constexpr bool parse_special(std::uint64_t& set, bool& done) {
        const char c = *at_;
        if (is_digit(c)) [[likely]]
            return true;
        if (c == 'L' && !letter_name()) return parse_last(set, done);
        if (c == '?' && rules.specials.has(Special::question)) return parse_question(set, done);
        return true;
    }

    /// True where the letters at `at_` are more than the special they begin with.
    [[nodiscard]] constexpr bool letter_name() const {
        return letter_at(1) && !(at_[1] == 'W' && !letter_at(2));
    }

    constexpr bool parse_last(std::uint64_t& set, bool& done) {
        const char* const start = at_++;
        done = true;
        if (field_ == Field::day && rules.specials.has(Special::last_day)) {
            return parse_last_day(start);
        }
        if ((field_ == Field::month || field_ == Field::weekday) && at_item_end() &&
            rules.specials.has(Special::last_value)) {
            set |= std::uint64_t{1} << range_of(rules, field_).high;
            return true;
        }
        return fail(rules.specials.has(Special::last_day) ? CronErrorKind::bad_special
                                                          : CronErrorKind::not_in_dialect,
                    start, item_end());
    }

    constexpr bool parse_last_day(const char* start) {
        std::uint32_t offset = 0;
        if (at_ != end_ && *at_ == '-') {
            if (!rules.specials.has(Special::last_day_offset)) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            ++at_;
            if (at_ == end_ || !is_digit(*at_)) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            offset = read_number();
            if (offset > 30) return fail(CronErrorKind::out_of_range, start, at_);
        }
        if (at_ != end_ && *at_ == 'W') {
            const Special needed =
                offset == 0 ? Special::last_nearest : Special::last_offset_nearest;
            ++at_;
            if (!rules.specials.has(needed) || !at_item_end()) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            e_.special.nearest_from_last |= 1U << offset;
            return true;
        }
        if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
        e_.special.from_last |= 1U << offset;
        return true;
    }

    constexpr bool parse_question(std::uint64_t& set, bool& done) {
        const char* const start = at_;
        if (field_ != Field::day && field_ != Field::weekday) {
            return fail(CronErrorKind::bad_special, start, item_end());
        }
        ++at_;
        done = true;
        if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
        e_.running.add(field_);
        e_.starred.add(field_);
        const Range range = range_of(rules, field_);
        set |= span(range.low, range.high);
        return true;
    }

    /// What may follow a single value: 15W, 5L, 5#2, 3~9.
    constexpr bool parse_suffix(std::uint64_t& set, std::uint32_t value, const char* start,
                                bool& done) {
        if (at_ == end_) return true;
        const char c = *at_;
        if (c == ',' || c == '/' || is_blank(c)) [[likely]]
            return true;
        (void)set;
        done = true;
        if (c == 'W' && field_ == Field::day && rules.specials.has(Special::nearest_weekday)) {
            ++at_;
            if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
            e_.special.nearest_weekday |= 1U << value;
            return true;
        }
        if (c == 'L' && field_ == Field::weekday && rules.specials.has(Special::last_weekday)) {
            ++at_;
            if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
            e_.special.last_weekday |= fold_weekdays(std::uint64_t{1} << value);
            return true;
        }
        if (c == '#' && field_ == Field::weekday && rules.specials.has(Special::nth_weekday)) {
            ++at_;
            if (at_ == end_ || !is_digit(*at_)) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            const std::uint32_t n = read_number();
            if (n < 1 || n > 5 || !at_item_end()) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            e_.special.nth_weekday[n - 1] |= fold_weekdays(std::uint64_t{1} << value);
            return true;
        }
        const bool foreign = c == 'W' || c == 'L' || c == '#' || c == '~';
        return fail(foreign ? CronErrorKind::not_in_dialect : CronErrorKind::not_a_value, start,
                    item_end());
    }

    // --- years ----------------------------------------------------------------------------

    constexpr bool add_years(const Item& item, const char* start) {
        const auto narrow = [](std::uint32_t v) { return static_cast<std::uint16_t>(v); };
        const Range range = range_of(rules, field_);
        if (item.star && item.step <= 1) return true;
        const std::uint32_t step = item.step == 0 ? 1 : item.step;
        if (step > 9999) return fail(CronErrorKind::out_of_range, start, at_);
        bool fits = true;
        if (item.first <= item.last) {
            std::uint32_t first = item.first;
            if (item.star && rules.divisible_steps) first = (first + step - 1) / step * step;
            fits = e_.years.add({narrow(first), narrow(item.last), narrow(step)});
        } else {
            const std::uint32_t low = range.low + (item.first - range.low) % step;
            fits =
                e_.years.add({narrow(item.first), narrow(range.high), narrow(step)}) &&
                (low > item.last || e_.years.add({narrow(low), narrow(item.last), narrow(step)}));
        }
        return fits || fail(CronErrorKind::too_many_years, field_begin_, item_end());
    }

    // --- macros ---------------------------------------------------------------------------

    constexpr bool parse_macro() {
        const char* const start = at_++;
        const char* word = at_;
        while (at_ != end_ && !is_blank(*at_)) ++at_;
        const std::string_view written(word, static_cast<std::size_t>(at_ - word));
        if (is_macro(written, "every", Macro::every)) return parse_every(start);
        const bool alone = at_ == end_;
        if (!alone) return fail(CronErrorKind::unknown_macro, start, end_);
        return known_macro(written) || fail(CronErrorKind::unknown_macro, start, end_);
    }

    static constexpr bool is_macro(std::string_view written, std::string_view name, Macro macro) {
        if (!rules.macros.has(macro) || written.size() != name.size()) return false;
        for (std::size_t i = 0; i < name.size(); ++i) {
            const char c = rules.any_case_macros ? lower(written[i]) : written[i];
            if (c != name[i]) return false;
        }
        return true;
    }

    constexpr bool known_macro(std::string_view word) {
        if (is_macro(word, "reboot", Macro::reboot)) {
            out_.kind = ParsedText::Kind::reboot;
            return true;
        }
        for (const Field f :
             {Field::minute, Field::hour, Field::day, Field::month, Field::weekday, Field::year}) {
            set_all(f);
        }
        if (is_macro(word, "secondly", Macro::secondly)) {
            e_.seconds = (std::uint64_t{1} << 60) - 1;
            e_.running.add(Field::second);
            e_.starred.add(Field::second);
            return finish(e_);
        }
        if (is_macro(word, "minutely", Macro::minutely)) return finish(e_);

        const auto fixed = [&](std::initializer_list<Field> left_open) {
            FieldSet fields;
            for (const Field f : left_open) fields.add(f);
            fields.add(Field::year);
            e_.running = fields;
            e_.starred = fields;
            e_.minutes = 1;
            if (!fields.has(Field::hour)) e_.hours = 1;
            if (!fields.has(Field::day)) e_.days = 1U << 1;
            if (!fields.has(Field::month)) e_.months = 1U << 1;
            if (!fields.has(Field::weekday)) e_.weekdays = 1;
            return finish(e_);
        };
        if (is_macro(word, "hourly", Macro::hourly)) {
            return fixed({Field::hour, Field::day, Field::month, Field::weekday});
        }
        if (is_macro(word, "daily", Macro::daily) || is_macro(word, "midnight", Macro::midnight)) {
            return fixed({Field::day, Field::month, Field::weekday});
        }
        if (is_macro(word, "weekly", Macro::weekly)) return fixed({Field::day, Field::month});
        if (is_macro(word, "monthly", Macro::monthly)) return fixed({Field::month, Field::weekday});
        if (is_macro(word, "yearly", Macro::yearly) ||
            is_macro(word, "annually", Macro::annually)) {
            return fixed({Field::weekday});
        }
        return false;
    }

    /// A duration in Go's words: 1h30m, 90s, 1.5h; whole seconds, at least one.
    constexpr bool parse_every(const char* start) {
        skip_blanks();
        const char* const duration = at_;
        std::uint64_t total_ns = 0;
        bool any = false;
        while (at_ != end_) {
            const char* const number = at_;
            const std::uint64_t whole = read_number();
            std::uint64_t fraction_ns_of_unit = 0;  // in billionths of the unit
            bool digits = at_ != number;
            if (at_ != end_ && *at_ == '.') {
                ++at_;
                std::uint64_t weight = 100'000'000;
                for (; at_ != end_ && is_digit(*at_); ++at_, weight /= 10) {
                    fraction_ns_of_unit += weight * static_cast<std::uint64_t>(*at_ - '0');
                    digits = true;
                }
            }
            const std::uint64_t unit = read_unit();
            if (!digits || unit == 0 || whole == too_large) {
                return fail(CronErrorKind::bad_interval, number, end_);
            }
            // 292 years in nanoseconds fit; more is refused.
            constexpr std::uint64_t limit = 9'000'000'000'000'000'000;
            if (whole > limit / unit) return fail(CronErrorKind::bad_interval, duration, end_);
            total_ns += whole * unit + fraction_ns_of_unit * (unit / 1'000) / 1'000'000;
            if (total_ns > limit) return fail(CronErrorKind::bad_interval, duration, end_);
            any = true;
        }
        if (!any) return fail(CronErrorKind::bad_interval, start, end_);
        const std::uint64_t seconds = total_ns / 1'000'000'000;
        if (total_ns == 0) return fail(CronErrorKind::bad_interval, duration, end_);
        out_.kind = ParsedText::Kind::interval;
        out_.interval = std::chrono::seconds(seconds == 0 ? 1 : seconds);
        return true;
    }

    /// Nanoseconds of the unit at `at_`; 0 if there is none.
    constexpr std::uint64_t read_unit() {
        const auto left = end_ - at_;
        const auto second_is = [&](char c) { return left > 1 && at_[1] == c; };
        if (left == 0) return 0;
        switch (*at_) {
            case 'h':
                return at_ += 1, 3'600'000'000'000;
            case 'm':
                if (second_is('s')) return at_ += 2, 1'000'000;
                return at_ += 1, 60'000'000'000;
            case 's':
                return at_ += 1, 1'000'000'000;
            case 'u':
                if (second_is('s')) return at_ += 2, 1'000;
                return 0;
            default:
                return 0;
        }
    }

    const char* begin_;
    const char* end_;
    const char* at_;
    const char* field_begin_ = nullptr;
    std::string_view name_;
    ParsedText& out_;
    CronExpression& e_;
    CronError& error_;
    Field field_ = Field::minute;
    bool in_field_ = false;
    std::uint32_t item_ = 0;
};

}  // namespace detail

/// Reads `text` by `rules` into `out`; false with `error` filled if it is wrong.
/// `name` is what `~` and `H` are drawn from. `out` must be fresh.
template <const Rules& rules>
[[nodiscard]] constexpr bool parse_fields(std::string_view text, std::string_view name,
                                          ParsedText& out, CronError& error) {
    return detail::FieldParser<rules>(text, name, out, error).parse();
}

}  // namespace quantum::cron
