#include "cron/calendar_chain.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>

#include "quantum/detail/cron/days.hpp"

#include "cron/mutant.hpp"

namespace quantum::cron {

namespace {

constexpr std::int32_t microseconds = 1'000'000;

bool is_digit_at(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool range_dots_at(std::string_view text, std::size_t at) {
    return at + 1 < text.size() && text[at] == '.' && text[at + 1] == '.';
}

/// A number from `at` on; a second may have a fraction, rounded to microseconds. False if none
/// begins there or it fits nothing.
bool read_number(std::string_view text, std::size_t& at, bool second, std::int32_t& value) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (!is_digit_at(text, at)) return false;
    std::int64_t number = 0;
    for (; is_digit_at(text, at); ++at) number = std::min(number * 10 + (text[at] - '0'), most);
    if (second) {
        number *= microseconds;
        if (at < text.size() && text[at] == '.' && !range_dots_at(text, at)) {
            ++at;
            if (!is_digit_at(text, at)) return false;
            std::int64_t weight = microseconds / 10;
            for (; weight > 0 && is_digit_at(text, at); ++at, weight /= 10) {
                number += weight * (text[at] - '0');
            }
            if (weight == 0 && is_digit_at(text, at) && text[at] >= '5' &&
                !mutated(CronMutant::fraction_cut))
                ++number;
            while (is_digit_at(text, at)) ++at;
        }
    }
    value = static_cast<std::int32_t>(std::min(number, most));
    return true;
}

/// Two digits mean 1970 to 2069.
std::int32_t whole_year(std::int32_t year) {
    if (year >= 0 && year < 70) return year + 2000;
    if (year >= 70 && year < 100)
        return year + (mutated(CronMutant::year_70_is_2070) ? 2000 : 1900);
    return year;
}

void print_number(std::string& out, std::int32_t value, std::size_t width, std::int32_t unit) {
    const std::string whole = std::to_string(value / unit);
    if (whole.size() < width) out.append(width - whole.size(), '0');
    out += whole;
    if (value % unit > 0) {
        const std::string fraction = std::to_string(microseconds + value % unit);
        out += '.';
        out += fraction.substr(1);
    }
}

}  // namespace

std::int32_t CalendarChain::low() const {
    switch (field_) {
        case Field::day:
        case Field::month:
            return 1;
        case Field::year:
            return 1970;
        default:
            return 0;
    }
}

std::int32_t CalendarChain::high() const {
    switch (field_) {
        case Field::second:
            return 60 * microseconds - 1;
        case Field::minute:
            return 59;
        case Field::hour:
            return 23;
        case Field::day:
            return from_month_end_ && !mutated(CronMutant::month_end_of_31) ? 28 : 31;
        case Field::month:
            return 12;
        default:
            return 2199;
    }
}

bool CalendarChain::parse(std::string_view text, CronError& error) {
    if (text == "*") return true;
    std::size_t from = 0;
    for (;;) {
        const std::size_t comma = std::min(text.find(',', from), text.size());
        if (!parse_item(text, from, comma, error)) return false;
        if (comma == text.size()) break;
        from = comma + 1;
    }
    return true;
}

bool CalendarChain::parse_item(std::string_view text, std::size_t from, std::size_t to,
                               CronError& error) {
    const auto fail = [&](CronErrorKind kind) {
        error.kind = kind;
        error.in_field = true;
        error.field = field_;
        error.column = static_cast<std::uint32_t>(from) + 1;
        error.length = std::max<std::uint32_t>(static_cast<std::uint32_t>(to - from), 1);
        return false;
    };
    if (from == to) return fail(CronErrorKind::empty_item);
    Component component{.start = 0, .stop = Component::none, .repeat = 0};
    std::size_t at = from;
    if (!read_number(text, at, is_second(), component.start)) {
        return fail(CronErrorKind::not_a_value);
    }
    if (range_dots_at(text, at)) {
        at += 2;
        if (!read_number(text, at, is_second(), component.stop)) {
            return fail(CronErrorKind::not_a_value);
        }
        component.repeat = unit();
    }
    const bool step = at < text.size() && text[at] == '/';
    if (step) {
        ++at;
        if (!read_number(text, at, is_second(), component.repeat)) {
            return fail(CronErrorKind::bad_step);
        }
        if (component.repeat == 0) return fail(CronErrorKind::zero_step);
    }
    if (at != to) return fail(CronErrorKind::not_a_value);
    // A range within one second has no value but its first: the step must be said.
    if (!step && is_second() && component.stop >= component.start &&
        component.start + std::int64_t{component.repeat} > component.stop) {
        return fail(CronErrorKind::bad_step);
    }
    if (count_ == capacity) return fail(CronErrorKind::extra_fields);
    normalize(component);
    const CronErrorKind problem = problem_of(component);
    if (problem != CronErrorKind::none) return fail(problem);
    insert(component);
    return true;
}

/// Years in full, the end of a range on a value, no repetition that reaches nothing.
void CalendarChain::normalize(Component& component) const {
    if (field_ == Field::year) {
        component.start = whole_year(component.start);
        component.stop = whole_year(component.stop);
    }
    if (component.stop > component.start && !mutated(CronMutant::range_end_above_step)) {
        component.stop -= (component.stop - component.start) % component.repeat;
    }
    if (component.stop == component.start) {
        component.stop = Component::none;
        component.repeat = 0;
    }
}

CronErrorKind CalendarChain::problem_of(const Component& component) const {
    const auto inside = [this](std::int32_t value) { return value >= low() && value <= high(); };
    if (!inside(component.start)) return CronErrorKind::out_of_range;
    if (component.stop != Component::none && !inside(component.stop)) {
        return CronErrorKind::out_of_range;
    }
    if (component.repeat > high() - low()) return CronErrorKind::step_too_large;
    if (component.stop != Component::none) {
        return component.stop < component.start ? CronErrorKind::reversed_range
                                                : CronErrorKind::none;
    }
    const bool reaches = from_month_end_ ? component.start - component.repeat >= low()
                                         : component.start + component.repeat <= high();
    return reaches ? CronErrorKind::none : CronErrorKind::step_too_large;
}

void CalendarChain::insert(const Component& component) {
    const auto key = [](const Component& c) { return std::tuple(c.start, c.stop, c.repeat); };
    std::size_t place = count_;
    while (place > 0 && key(component) < key(components_[place - 1])) --place;
    if (place > 0 && components_[place - 1] == component) return;
    for (std::size_t i = count_; i > place; --i) components_[i] = components_[i - 1];
    components_[place] = component;
    ++count_;
}

std::int32_t CalendarChain::last_of(const Component& component) const {
    if (component.stop != Component::none) return component.stop;
    if (component.repeat == 0) return component.start;
    return high();
}

/// One bit a value. Bits of days from the month's end are as SpecialDays::from_last has them.
std::uint64_t CalendarChain::values_of(const Component& component) const {
    std::uint64_t set = 0;
    const auto add = [&set](std::int32_t bit) { set |= std::uint64_t{1} << bit; };
    const std::int32_t step = std::max(component.repeat, 1);
    if (from_month_end_) {
        // A range is walked from its earliest day, which has the highest number.
        const bool range = component.stop != Component::none;
        const std::int32_t earliest = range ? component.stop : component.start;
        const std::int32_t last = range || component.repeat == 0 ? component.start : 1;
        for (std::int32_t n = earliest; n >= last; n -= step) add(n - 1);
        return set;
    }
    const std::int32_t last = last_of(component);
    if (is_second() && step <= microseconds) {  // no second is stepped over
        const std::int32_t end =
            component.repeat == 0 ? component.start : last - (last - component.start) % step;
        for (std::int32_t s = component.start / microseconds; s <= end / microseconds; ++s) add(s);
        return set;
    }
    for (std::int32_t value = component.start; value <= last; value += step) add(value / unit());
    return set;
}

/// In the order of the years meant, not of the text: `2018/42` and `2018..2186/42` are the same.
bool CalendarChain::store_years(YearSet& years) const {
    using Progression = std::array<std::int32_t, 3>;  // first, last, step
    std::array<Progression, capacity> progressions;
    const auto end = std::transform(
        components_.begin(), components_.begin() + static_cast<std::ptrdiff_t>(count_),
        progressions.begin(), [this](const Component& component) -> Progression {
            const std::int32_t step = std::max(component.repeat, 1);
            const std::int32_t last = last_of(component);
            return {component.start, last - (last - component.start) % step, step};
        });
    std::sort(progressions.begin(), end);
    return std::all_of(
        progressions.begin(), std::unique(progressions.begin(), end), [&](const Progression& p) {
            const auto narrow = [](std::int32_t v) { return static_cast<std::uint16_t>(v); };
            return years.add({.first = narrow(p[0]), .last = narrow(p[1]), .step = narrow(p[2])});
        });
}

bool CalendarChain::store(CronExpression& expression) const {
    if (prints_star()) {
        expression.running.add(field_);
        expression.starred.add(field_);
    }
    std::uint64_t set = is_star() ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < count_; ++i) {
        const Component& component = components_[i];
        if (prints_step(component)) expression.running.add(field_);
        if (field_ != Field::year) set |= values_of(component);
    }
    if (field_ == Field::year && !store_years(expression.years)) return false;
    constexpr std::uint64_t sixty = (std::uint64_t{1} << 60) - 1;
    switch (field_) {
        case Field::second:
            expression.seconds = set & sixty;
            break;
        case Field::minute:
            expression.minutes = set & sixty;
            break;
        case Field::hour:
            expression.hours = static_cast<std::uint32_t>(set & 0xFF'FFFF);
            break;
        case Field::day:
            if (from_month_end_ && !is_star()) {
                expression.special.from_last = static_cast<std::uint32_t>(set);
            } else {
                expression.days = static_cast<std::uint32_t>(set & all_days);
            }
            break;
        case Field::month:
            expression.months = static_cast<std::uint16_t>(set & all_months);
            break;
        case Field::weekday:
        case Field::year:
            break;
    }
    return true;
}

bool CalendarChain::prints_step(const Component& component) const {
    return component.repeat > 0 &&
           !(component.stop != Component::none && component.repeat == unit());
}

bool CalendarChain::prints_star() const {
    constexpr Component every_second{.start = 0, .stop = Component::none, .repeat = microseconds};
    return is_star() || (is_second() && components_[0] == every_second);
}

void CalendarChain::print(std::string& out) const {
    if (prints_star()) {
        out += '*';
        return;
    }
    const std::size_t width = field_ == Field::year ? 4 : 2;
    for (std::size_t i = 0; i < count_; ++i) {
        const Component& component = components_[i];
        if (i > 0) out += ',';
        print_number(out, component.start, width, unit());
        if (component.stop != Component::none) {
            out += "..";
            print_number(out, component.stop, width, unit());
        }
        if (prints_step(component)) {
            out += '/';
            print_number(out, component.repeat, 1, unit());
        }
    }
}

}  // namespace quantum::cron
