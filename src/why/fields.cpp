#include "why/fields.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "quantum/detail/cron/days.hpp"

#include "cron/search.hpp"
#include "explain/words.hpp"
#include "why/mutant.hpp"

namespace quantum::why {
namespace {

using cron::Field;

/// The fields of an expression as they were written.
class WrittenFields {
public:
    WrittenFields(std::string_view text, Dialect dialect) {
        std::vector<std::string_view> words;
        for (std::size_t begin = 0; begin < text.size();) {
            begin = text.find_first_not_of(" \t", begin);
            if (begin == std::string_view::npos) break;
            const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
            words.push_back(text.substr(begin, end - begin));
            begin = end;
        }
        if (!words.empty() && words.front().find('=') != std::string_view::npos) {
            words.erase(words.begin());  // a prefix TZ=…
        }
        if (words.empty() || words.front().starts_with('@') || dialect == Dialect::systemd) return;
        assign(words, has_seconds(dialect, words.size()));
    }

    /// Empty: it was not written, or cannot be told.
    [[nodiscard]] std::string_view of(Field field) const {
        return fields_.at(static_cast<std::size_t>(field));
    }

private:
    static bool has_seconds(Dialect dialect, std::size_t words) {
        switch (dialect) {
            case Dialect::seconds:
            case Dialect::spring:
            case Dialect::quartz:
            case Dialect::quantum_extended:
                return true;
            case Dialect::aws:
            case Dialect::cron:
            case Dialect::kubernetes:
            case Dialect::jenkins:
            case Dialect::quantum:
            case Dialect::systemd:
                break;
        }
        return words > 6;
    }

    void assign(const std::vector<std::string_view>& words, bool seconds) {
        std::size_t field = seconds ? 0 : 1;
        for (std::string_view word : words) {
            if (field >= fields_.size()) return;
            if (word.starts_with("cron(")) word.remove_prefix(5);
            if (word.ends_with(')') && word.find('(') == std::string_view::npos) {
                word.remove_suffix(1);
            }
            fields_.at(field++) = word;
        }
    }

    std::array<std::string_view, 7> fields_{};
};

/// "0, 20, 40", "1 to 5", of many the first ones.
std::string values_text(std::uint64_t set, int low, int high, std::string (*name)(int)) {
    constexpr std::size_t most = 12;
    std::vector<std::string> parts;
    for (int value = low; value <= high; ++value) {
        if ((set >> value & 1U) == 0) continue;
        int last = value;
        while (last < high && (set >> (last + 1) & 1U) != 0) ++last;
        if (last > value + 1) {
            parts.push_back(name(value) + " to " + name(last));
            value = last;
        } else {
            parts.push_back(name(value));
        }
        if (parts.size() > most) {
            parts.back() = "…";
            break;
        }
    }
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text.empty() ? "nothing" : text;
}

std::string plain_number(int value) { return std::to_string(value); }
std::string month_text(int value) { return std::string(explain_detail::month_name(value)); }
std::string weekday_text(int value) { return std::string(explain_detail::weekday_name(value)); }

/// "the minute field `*/20`"
std::string field_text(std::string_view name, std::string_view written) {
    std::string text = "the " + std::string(name) + " field";
    if (!written.empty()) text.append(" `").append(written).append(1, '`');
    return text;
}

/// A local time as the numbers that fields are about.
struct Civil {
    cron::Date date;
    std::uint32_t weekday;
    int hour;
    int minute;
    int second;
    cron::MonthShape month;

    explicit Civil(std::chrono::local_seconds local) {
        using std::chrono::days;
        using std::chrono::floor;
        const auto day = floor<days>(local);
        const auto number = static_cast<std::int32_t>(day.time_since_epoch().count());
        const auto since = static_cast<int>((local - day).count());
        date = cron::date_of(number);
        weekday = cron::weekday_of(number);
        hour = since / 3600;
        minute = since / 60 % 60;
        second = since % 60;
        month = {cron::days_in_month(date.year, date.month),
                 cron::weekday_of(number - static_cast<std::int32_t>(date.day) + 1)};
    }
};

class Refusal {
public:
    Refusal(const CronExpression& expression, std::string_view text, Dialect dialect,
            std::chrono::local_seconds local)
        : expression_(expression), written_(text, dialect), local_(local) {}

    std::string text() {
        if (!expression_.years.contains(local_.date.year)) {
            clauses_.push_back(field_text("year", written_.of(Field::year)) + " does not allow " +
                               std::to_string(local_.date.year));
        }
        ask("month", Field::month, expression_.months, 1, 12, static_cast<int>(local_.date.month),
            month_text);
        ask_days();
        ask("hour", Field::hour, expression_.hours, 0, 23, local_.hour, plain_number);
        ask("minute", Field::minute, expression_.minutes, 0, 59, local_.minute, plain_number);
        ask("second", Field::second, expression_.seconds, 0, 59, local_.second, plain_number);
        if (clauses_.size() > 1 && mutated(WhyMutant::first_field_only)) clauses_.resize(1);
        std::string text;
        for (const std::string& clause : clauses_) text += (text.empty() ? "" : "; ") + clause;
        return text;
    }

private:
    void ask(std::string_view name, Field field, std::uint64_t set, int low, int high, int value,
             std::string (*spelled)(int)) {
        if ((set >> value & 1U) != 0) return;
        clauses_.push_back(field_text(name, written_.of(field)) + " allows " +
                           values_text(set, low, high, spelled));
    }

    void ask_days() {
        const std::uint32_t day = local_.date.day;
        if ((cron::matching_days(expression_, local_.month) >> day & 1U) != 0) return;
        std::uint32_t days = expression_.days;
        bool weekday_matches = (expression_.weekdays >> local_.weekday & 1U) != 0;
        if (!expression_.index.plain) {
            days |= cron::detail::special_days(expression_.special, local_.month);
            const auto special = cron::detail::special_weekdays(expression_.special, local_.month);
            weekday_matches = weekday_matches || (special >> day & 1U) != 0;
        }
        const bool either = expression_.day_rule == cron::DayRule::either &&
                            !mutated(WhyMutant::either_day_is_both);
        if (either) {
            clauses_.push_back("one of the two day fields must match: " + day_clause(days) + ", " +
                               weekday_clause());
            return;
        }
        if ((days >> day & 1U) == 0) clauses_.push_back(day_clause(days));
        if (!weekday_matches) clauses_.push_back(weekday_clause());
    }

    [[nodiscard]] std::string day_clause(std::uint32_t days) const {
        return field_text("day", written_.of(Field::day)) + " allows " +
               values_text(days & ((std::uint64_t{2} << local_.month.length) - 2), 1, 31,
                           plain_number) +
               " in that month";
    }

    [[nodiscard]] std::string weekday_clause() const {
        const std::string field = field_text("weekday", written_.of(Field::weekday));
        const auto special = expression_.special;
        bool is_plain = special.last_weekday == 0;
        for (const std::uint8_t nth : special.nth_weekday) is_plain = is_plain && nth == 0;
        if (!is_plain) return field + " does not allow that day";
        return field + " allows " + values_text(expression_.weekdays, 0, 6, weekday_text);
    }

    const CronExpression& expression_;
    const WrittenFields written_;
    const Civil local_;
    std::vector<std::string> clauses_;
};

}  // namespace

std::string refusing_fields(const CronExpression& expression, std::string_view text,
                            Dialect dialect, std::chrono::local_seconds local) {
    return Refusal(expression, text, dialect, local).text();
}

}  // namespace quantum::why
