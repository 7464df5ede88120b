#pragma once

#include <cstdint>
#include <string_view>

#include "quantum/detail/cron/draw.hpp"
#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/cron/rules.hpp"
#include "quantum/detail/cron/scanner.hpp"
#include "quantum/detail/cron/values.hpp"

/// One item of a field: `*`, `5`, `MON-FRI/2`, and the specials of the dialects.
namespace quantum::cron::detail {

/// Plain values are added to a bit set; specials and years go directly into the expression.
/// Functions return false after `fail`.
template <const Rules& rules>
class ItemParser : protected Scanner {
protected:
    constexpr ItemParser(std::string_view text, std::size_t from, std::size_t to,
                         std::string_view name, CronExpression& expression, CronError& error)
        : Scanner(text, from, to, error), name_(name), e_(expression) {}

    constexpr void begin_field(Field field) {
        field_ = field;
        field_begin_ = at_;
        item_ = 0;
        lasts_ = 0;
        nths_ = 0;
    }

    constexpr bool parse_item(std::uint64_t& set) {
        if (at_item_end()) {
            const bool in_list = item_ > 0 || (at_ != end_ && *at_ == ',');
            if (rules.empty_items && in_list) return true;
            return fail(CronErrorKind::empty_item, at_, at_ + 1);
        }
        const char* const start = at_;
        const Range range = range_of(rules, field_);
        Item item;
        const bool question_star = rules.specials.has(Special::question_anywhere) && *at_ == '?';
        if (*at_ == '*' || question_star || (rules.bare_steps && *at_ == '/')) {
            if (*at_ != '/') ++at_;
            item = {.first = range.low, .last = range.high, .star = true, .range = true};
            if (rules.monday_first && field_ == Field::weekday) item.first = 1;
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
                if (rules.sunday_ends_week && field_ == Field::weekday && item.last == 0 &&
                    item.first > 0) {
                    item.last = 7;
                }
                if (rules.monday_first && field_ == Field::weekday && item.first == 7) {
                    item.first = 0;
                }
                if (rules.open_special_ranges && !parse_range_end(item, range)) return false;
            } else if (!parse_suffix(set, item.first, start, done)) {
                return false;
            }
            if (done) return true;
        }
        if (at_ != end_ && *at_ == '/' && !parse_step(item, start)) return false;
        if (!at_item_end()) return fail(CronErrorKind::not_a_value, start, item_end());
        const bool years = field_ == Field::year && !rules.divisible_steps;
        if (item.first > item.last && (!rules.reversed_ranges || years)) {
            return fail(CronErrorKind::reversed_range, start, at_);
        }
        if (rules.bounded_steps && item.step > range.high) {
            return fail(CronErrorKind::step_too_large, start, at_);
        }
        if (item.star || item.step != 0) e_.running.add(field_);
        if (item.star && item.step <= 1 && rules.day_fields != DayFields::vixie) {
            e_.starred.add(field_);
        }
        if (field_ == Field::year) return add_years(item, start);
        set |= values_of(item, range, rules.divisible_steps);
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
        if (end_ - at_ >= 3 && is_letter(*at_)) {
            if (field_ == Field::month) {
                value = month_named(at_);
                if (value != 0 && !letter_at(3)) return at_ += 3, true;
            } else if (field_ == Field::weekday) {
                value = weekday_named(at_);
                // `MONL` is Monday with a suffix.
                if (value != 7 && (!letter_at(3) || (is_special(at_[3], 'L') && !letter_at(4)))) {
                    if (rules.weekdays_from_one) ++value;
                    if ((rules.divisible_steps || rules.monday_first) && value == 0) value = 7;
                    return at_ += 3, true;
                }
            }
        }
        return not_a_value(start);
    }

    constexpr bool not_a_value(const char* start) {
        if (at_item_end()) return fail(CronErrorKind::empty_item, start, start + 1);
        const char c = *start;
        const bool alone = end_ - start == 1 || !is_letter(start[1]);
        if (c == '~' && rules.specials.has(Special::random)) {
            return fail(CronErrorKind::bad_special, field_begin_, item_end());
        }
        if (c == '?' || c == '~' || (alone && (c == 'H' || c == 'L' || c == 'W'))) {
            return fail(CronErrorKind::not_in_dialect, start, item_end());
        }
        return fail(CronErrorKind::not_a_value, start, item_end());
    }

    constexpr bool parse_step(Item& item, const char* start) {
        const char* const slash = at_++;
        const char* const number = at_;
        const bool plus = rules.signs && at('+');
        const bool minus = rules.divisible_steps && at('-');
        if ((plus || minus) && end_ - at_ > 1 && is_digit(at_[1])) ++at_;
        if (at_ == end_ || !is_digit(*at_)) {
            return fail(CronErrorKind::bad_step, slash, item_end());
        }
        item.step = read_number();
        if (item.step == 0) return fail(CronErrorKind::zero_step, number, at_);
        if (at_ - number > rules.most_step_digits) {
            return fail(CronErrorKind::out_of_range, number, at_);
        }
        if (at_ != end_ && *at_ == '/') return fail(CronErrorKind::bad_step, start, item_end());
        if (!item.range) {
            item.last = range_of(rules, field_).high;
            if (field_ == Field::weekday && item.first <= rules.last_weekday) {
                item.last = rules.last_weekday;
            }
            if (field_ == Field::year && rules.divisible_steps) item.last = 3000;
        }
        return true;
    }

    /// Quantum for Elixir compares a number and a special by their types, and numbers are always
    /// less: `1-5#2` is `1-7`.
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

    static constexpr bool is_special(char c, char special) {
        return c == special || (rules.any_case_specials && c == lower(special));
    }

    /// Items that start with a letter or sign: L, LW, L-3, ?, ~, H.
    constexpr bool parse_special(std::uint64_t& set, bool& done) {
        const char c = *at_;
        if (is_digit(c)) return true;
        if (is_special(c, 'L') && !letter_name()) return parse_last(set, done);
        if (c == '?') return parse_question(set, done);
        if (c == '~' && rules.specials.has(Special::random)) {
            done = true;
            return parse_random(set, range_of(rules, field_).low, at_);
        }
        if (c == 'H' && rules.specials.has(Special::hash) && !letter_at(1)) {
            done = true;
            return parse_hash(set);
        }
        return true;
    }

    /// True if the letters at `at_` continue after the special they start with.
    [[nodiscard]] constexpr bool letter_name() const {
        return letter_at(1) && !(is_special(at_[1], 'W') && !letter_at(2));
    }

    /// The part of `a~b`, `a~`, `~b`, `~` that starts at `~`.
    constexpr bool parse_random(std::uint64_t& set, std::uint32_t low, const char* start) {
        ++at_;
        std::uint32_t high = range_of(rules, field_).high;
        if (!at_item_end() && !parse_value(high)) return false;
        if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
        if (low > high) return fail(CronErrorKind::reversed_range, start, at_);
        // Sunday is both 0 and 7: choosing from both would make it twice as likely.
        if (field_ == Field::weekday && low == 0 && high == 7) high = 6;
        set |= std::uint64_t{1} << draw(name_, field_, item_, low, high);
        return true;
    }

    /// `H`, `H(a-b)`, `H/n`, `H(a-b)/n` as in Jenkins, where days only go up to the 28th.
    constexpr bool parse_hash(std::uint64_t& set) {
        const char* const start = at_++;
        Range range = range_of(rules, field_);
        if (field_ == Field::day) range.high = 28;
        if (field_ == Field::weekday) range.high = 6;
        if (at_ != end_ && *at_ == '(') {
            ++at_;
            if (!parse_value(range.low)) return false;
            if (at_ == end_ || *at_ != '-') {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            ++at_;
            if (!parse_value(range.high)) return false;
            if (at_ == end_ || *at_ != ')') {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
            ++at_;
            if (range.low > range.high) return fail(CronErrorKind::reversed_range, start, at_);
        }
        if (at_ == end_ || *at_ != '/') {
            if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
            set |= std::uint64_t{1} << draw(name_, field_, item_, range.low, range.high);
            return true;
        }
        Item item{.first = range.low, .last = range.high, .range = true};
        if (!parse_step(item, start)) return false;
        if (!at_item_end()) return fail(CronErrorKind::bad_step, start, item_end());
        if (item.step > range.high - range.low + 1) {
            return fail(CronErrorKind::step_too_large, start, at_);
        }
        // The phase is chosen, the step is kept.
        item.first = draw(name_, field_, item_, range.low, range.low + item.step - 1);
        e_.running.add(field_);
        set |= values_of(item, range, rules.divisible_steps);
        return true;
    }

    constexpr bool parse_last(std::uint64_t& set, bool& done) {
        const char* const start = at_++;
        done = true;
        ++lasts_;
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
            if (offset > 30 || (offset == 0 && rules.dialect != Dialect::quartz)) {
                return fail(CronErrorKind::bad_special, start, item_end());
            }
        }
        if (at_ != end_ && is_special(*at_, 'W')) {
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
        if (!rules.specials.has(Special::question) && rules.day_fields != DayFields::one_question) {
            return fail(CronErrorKind::not_in_dialect, start, item_end());
        }
        if ((field_ != Field::day && field_ != Field::weekday) || item_ != 0) {
            return fail(CronErrorKind::bad_special, start, item_end());
        }
        ++at_;
        done = true;
        questions_.add(field_);
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
        done = true;
        if (is_special(c, 'W') && field_ == Field::day &&
            rules.specials.has(Special::nearest_weekday)) {
            ++at_;
            if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
            e_.special.nearest_weekday |= 1U << value;
            return true;
        }
        if (is_special(c, 'L') && field_ == Field::weekday &&
            rules.specials.has(Special::last_weekday)) {
            ++at_;
            if (!at_item_end()) return fail(CronErrorKind::bad_special, start, item_end());
            ++lasts_;
            e_.special.last_weekday |= weekday_bit(value);
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
            ++nths_;
            e_.special.nth_weekday[n - 1] |= weekday_bit(value);
            return true;
        }
        if (c == '~' && rules.specials.has(Special::random)) {
            return parse_random(set, value, start);
        }
        if (c == '#' || is_special(c, 'W') || is_special(c, 'L')) {
            // `W` on a weekday, `#` on a day …
            const bool known =
                rules.specials.has(c == '#' ? Special::nth_weekday : Special::nearest_weekday);
            if (known) return fail(CronErrorKind::bad_special, start, item_end());
        }
        if (rules.stray_letter && is_letter(c) && !letter_at(1)) {
            ++at_;
            done = false;
            return true;
        }
        const bool foreign = c == 'W' || c == 'L' || c == '#' || c == '~';
        return fail(foreign ? CronErrorKind::not_in_dialect : CronErrorKind::not_a_value, start,
                    item_end());
    }

    // --- years ----------------------------------------------------------------------------

    constexpr bool add_years(const Item& item, const char* start) {
        if (item.star && item.step <= 1) return true;
        if (item.step > 9999) return fail(CronErrorKind::out_of_range, start, at_);
        return add_values(e_.years, item, range_of(rules, field_), rules.divisible_steps) ||
               fail(CronErrorKind::too_many_years, field_begin_, item_end());
    }

    [[nodiscard]] static constexpr std::uint8_t weekday_bit(std::uint32_t value) {
        return fold_weekdays(std::uint64_t{1} << value, rules.weekdays_from_one);
    }

    std::string_view name_;
    CronExpression& e_;
    const char* field_begin_ = nullptr;
    std::uint32_t item_ = 0;   ///< number of the item in its field
    std::uint32_t lasts_ = 0;  ///< L in this field
    std::uint32_t nths_ = 0;   ///< # in this field
    FieldSet questions_;
};

}  // namespace quantum::cron::detail
