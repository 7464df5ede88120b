#include "config/schedule_check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view blanks = " \t";
enum : std::size_t { minute_field, hour_field, day_field, month_field, weekday_field, field_count };

using Fields = std::array<Slice, field_count>;

/// None where there are not five.
std::optional<Fields> fields_of(const Slice& schedule) {
    Fields fields;
    std::size_t count = 0;
    const std::string_view text = schedule.text;
    for (std::size_t at = text.find_first_not_of(blanks); at < text.size();) {
        const std::size_t end = std::min(text.size(), text.find_first_of(blanks, at));
        if (count == field_count) return std::nullopt;
        fields[count++] = {text.substr(at, end - at), schedule.offset + at};
        at = std::min(text.size(), text.find_first_not_of(blanks, end));
    }
    if (count != field_count) return std::nullopt;
    return fields;
}

std::optional<unsigned> number_of(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// "*/7": seven, where that is the whole field.
std::optional<unsigned> step_of(std::string_view field) {
    if (!field.starts_with("*/")) return std::nullopt;
    return number_of(field.substr(2));
}

/// A step of minutes or hours that does not divide their number.
std::optional<Finding> check_step(const Slice& field, unsigned size, std::string_view unit) {
    const auto step = step_of(field.text);
    if (!step || *step == 0 || size % *step == 0) return std::nullopt;
    const std::string every = "@every " + std::to_string(*step) + std::string(unit.substr(0, 1));
    if (*step > size) {
        return Finding{field, in_quotes(field.text) + " matches 0 only; for every " +
                                  std::to_string(*step) + ' ' + std::string(unit) + "s write " +
                                  every};
    }
    const unsigned last = (size - 1) / *step * *step;
    return Finding{field, in_quotes(field.text) + " starts over at 0: the last interval is " +
                              std::to_string(size - last) + ' ' + std::string(unit) +
                              (size - last == 1 ? "" : "s") + ", not " + std::to_string(*step) +
                              "; for an even one write " + every};
}

/// The smallest day that is named; none where a range, step or star may be anything.
std::optional<unsigned> smallest_day(std::string_view field) {
    std::optional<unsigned> smallest;
    for (std::size_t at = 0; at <= field.size();) {
        const std::size_t end = std::min(field.size(), field.find(',', at));
        const std::string_view part = field.substr(at, end - at);
        const auto first = number_of(part.substr(0, std::min(part.size(), part.find('-'))));
        if (!first || part.find('/') != std::string_view::npos) return std::nullopt;
        smallest = std::min(*first, smallest.value_or(*first));
        at = end + 1;
    }
    return smallest;
}

std::optional<Finding> check_days(const Fields& fields) {
    const auto is_any = [](const Slice& field) {
        return field.text.starts_with('*') || field.text == "?";
    };
    const bool any_day = is_any(fields[day_field]);
    const bool any_weekday = is_any(fields[weekday_field]);
    if (!any_day && !any_weekday) {
        return Finding{fields[weekday_field],
                       "day of month and day of week are both restricted: the job runs on days "
                       "that match either; only a job file can ask for both (days = \"all\")"};
    }
    if (any_day || fields[month_field].text != "*") return std::nullopt;
    const auto smallest = smallest_day(fields[day_field].text);
    if (!smallest || *smallest < 29) return std::nullopt;
    const std::string_view where = *smallest == 29   ? "in a February without a 29th"
                                   : *smallest == 30 ? "in February"
                                                     : "in the five months that have no 31st";
    return Finding{fields[day_field], "the job does not run " + std::string(where)};
}

}  // namespace

std::vector<Finding> check_schedule(const Slice& schedule, Dialect dialect) {
    std::vector<Finding> findings;
    Slice five = schedule;
    if (dialect == Dialect::seconds) {
        const std::size_t end = std::min(five.text.size(), five.text.find_first_of(blanks));
        five = {five.text.substr(end), five.offset + end};
    }
    const auto fields = fields_of(five);
    if (!fields) return findings;
    for (const auto& found : {check_step((*fields)[minute_field], 60, "minute"),
                              check_step((*fields)[hour_field], 24, "hour"), check_days(*fields)}) {
        if (found) findings.push_back(*found);
    }
    return findings;
}

}  // namespace quantum::config
