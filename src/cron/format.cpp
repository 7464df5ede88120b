#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/cron.hpp"

#include "cron/format_systemd.hpp"
#include "cron/mutant.hpp"
#include "cron/value_set.hpp"

namespace quantum {

namespace cron {

namespace {

/// A comma-separated list that is being written.
class List {
public:
    void add(const std::string& item) {
        if (!text_.empty()) text_ += ",";
        text_ += item;
    }
    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// Values and ranges: 1,2 and 4-7.
void add_values(List& list, std::uint64_t set) {
    while (set != 0) {
        const auto first = static_cast<std::uint32_t>(std::countr_zero(set));
        std::uint32_t last = first;
        while (last < 63 && holds(set, last + 1)) ++last;
        if (last >= first + (mutated(CronMutant::two_in_a_row_are_a_range) ? 1 : 2)) {
            list.add(std::to_string(first) + "-" + std::to_string(last));
        } else {
            for (std::uint32_t v = first; v <= last; ++v) list.add(std::to_string(v));
        }
        for (std::uint32_t v = first; v <= last; ++v) set ^= std::uint64_t{1} << v;
    }
}

/// The set as one progression a-b/n, if it is one.
std::optional<std::string> progression(std::uint64_t set) {
    if (std::popcount(set) < 2) return std::nullopt;
    const auto first = static_cast<std::uint32_t>(std::countr_zero(set));
    const auto last = static_cast<std::uint32_t>(63 - std::countl_zero(set));
    const auto step = static_cast<std::uint32_t>(std::countr_zero(set & (set - 1))) - first;
    std::uint64_t counted = 0;
    for (std::uint32_t v = first; v <= last; v += step) counted |= std::uint64_t{1} << v;
    if (counted != set) return std::nullopt;
    return std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(step);
}

class FieldWriter {
public:
    FieldWriter(const CronExpression& expression, const Rules& rules)
        : e_(expression), rules_(rules) {}

    [[nodiscard]] std::string text() const {
        std::string out;
        if (rules_.first_field == 0) out = field(Field::second, e_.seconds) + " ";
        out += field(Field::minute, e_.minutes) + " " + field(Field::hour, e_.hours) + " ";
        const bool day_open = open(Field::day, e_.days, all_days);
        const bool weekday_open = open(Field::weekday, e_.weekdays, all_weekdays);
        const bool one_question = rules_.day_fields == DayFields::one_question;
        out += one_question && day_open && !weekday_open ? "?" : days();
        out.append(1, ' ').append(field(Field::month, e_.months)).append(1, ' ');
        out += one_question && weekday_open ? "?" : weekdays();
        const bool has_year = rules_.first_field + rules_.max_fields > 6;
        if (has_year && (!e_.years.every_year() || rules_.dialect == Dialect::aws)) {
            out.append(1, ' ').append(years());
        }
        return out;
    }

private:
    [[nodiscard]] bool open(Field field, std::uint64_t set, std::uint64_t all) const {
        return set == all && e_.starred.has(field) && e_.running.has(field);
    }

    [[nodiscard]] static std::uint64_t all_of(const Range& range) {
        return detail::span(range.low, range.high);
    }

    [[nodiscard]] std::string field(Field field, std::uint64_t set) const {
        List list;
        add_field(list, field, set, range_of(rules_, field));
        return list.text();
    }

    void add_field(List& list, Field field, std::uint64_t set, const Range& range) const {
        if (open(field, set, all_of(range))) {
            list.add("*");
            return;
        }
        if (e_.running.has(field)) {
            if (rules_.day_fields == DayFields::vixie && e_.starred.has(field)) {
                set = add_star_step(list, set, range);
            } else if (const auto star = star_step(set, range)) {
                list.add(*star);
                return;
            } else if (const auto steps = progression(set)) {
                list.add(*steps);
                return;
            } else if (set != 0) {
                // One value with a step that means nothing, so that the field stays running.
                const auto first = std::to_string(std::countr_zero(set));
                // Spring's 7-7 begins at 0.
                const bool sunday = rules_.monday_first && field == Field::weekday && first == "7";
                list.add(first + (sunday ? "/1" : "-" + first + "/1"));
                set &= set - 1;
            }
        }
        add_values(list, set);
    }

    /// low, low + step … up to the end of the field.
    static std::uint64_t counted(const Range& range, std::uint32_t step) {
        std::uint64_t set = 0;
        for (std::uint32_t v = range.low; v <= range.high; v += step) set |= std::uint64_t{1} << v;
        return set;
    }

    /// `*/n`, if it says exactly this set and means the same here without a star's other effects.
    [[nodiscard]] std::optional<std::string> star_step(std::uint64_t set,
                                                       const Range& range) const {
        if (rules_.day_fields == DayFields::vixie || rules_.divisible_steps) return std::nullopt;
        for (std::uint32_t step = 2; step <= range.high - range.low; ++step) {
            if (counted(range, step) == set) return "*/" + std::to_string(step);
        }
        return std::nullopt;
    }

    /// `*/n` as fits, for a field that must begin with a star; what is left of the set.
    static std::uint64_t add_star_step(List& list, std::uint64_t set, const Range& range) {
        for (std::uint32_t step = 1; step <= range.high - range.low; ++step) {
            if ((counted(range, step) & ~set) != 0) continue;
            list.add("*/" + std::to_string(step));
            return set & ~counted(range, step);
        }
        list.add("*/" + std::to_string(range.high - range.low + 1));
        return set & ~(std::uint64_t{1} << range.low);
    }

    [[nodiscard]] std::string days() const {
        List list;
        if (e_.days != 0) add_field(list, Field::day, e_.days, {1, 31});
        for (std::uint32_t n = 0; n <= 30; ++n) {
            const std::string offset = n == 0 ? "" : std::to_string(-static_cast<int>(n));
            if (holds(e_.special.from_last, n)) list.add("L" + offset);
            if (holds(e_.special.nearest_from_last, n)) list.add("L" + offset + "W");
        }
        for (std::uint32_t d = 1; d <= 31; ++d) {
            if (holds(e_.special.nearest_weekday, d)) list.add(std::to_string(d) + "W");
        }
        return list.text();
    }

    /// Numbers as the dialect counts them.
    [[nodiscard]] std::string weekdays() const {
        List list;
        if (open(Field::weekday, e_.weekdays, all_weekdays)) {
            list.add("*");
        } else if (e_.weekdays != 0) {
            add_weekdays(list);
        }
        const std::uint32_t shift = rules_.weekdays_from_one ? 1 : 0;
        for (std::uint32_t w = 0; w < 7; ++w) {
            const std::string day = std::to_string(
                w == 0 && shift == 0 && !mutated(CronMutant::sunday_of_specials_is_0) ? 7
                                                                                      : w + shift);
            if (holds(e_.special.last_weekday, w)) list.add(day + "L");
            for (std::uint32_t n = 0; n < 5; ++n) {
                if (holds(e_.special.nth_weekday[n], w)) {
                    list.add(day + "#" + std::to_string(n + 1));
                }
            }
        }
        return list.text();
    }

    void add_weekdays(List& list) const {
        const std::uint64_t set = e_.weekdays;
        if (rules_.weekdays_from_one) return add_field(list, Field::weekday, set << 1, {1, 7});
        // Steps of Quantum for Elixir and of Spring know Sunday only as 7.
        if ((rules_.divisible_steps || rules_.monday_first) && e_.running.has(Field::weekday)) {
            return add_field(list, Field::weekday, (set | (set & 1) << 7) & 0xFE, {1, 7});
        }
        const bool star_step =
            rules_.day_fields == DayFields::vixie && e_.starred.has(Field::weekday);
        add_field(list, Field::weekday, set, {0, star_step ? 6U : 7U});
    }

    [[nodiscard]] std::string years() const {
        if (e_.years.every_year()) return "*";
        const bool running = e_.running.has(Field::year);
        bool stepped = false;
        for (std::size_t i = 0; i < e_.years.size(); ++i) stepped |= e_.years[i].step > 1;
        List list;
        for (std::size_t i = 0; i < e_.years.size(); ++i) {
            const YearSet::Range& r = e_.years[i];
            const std::string range = std::to_string(r.first) + "-" + std::to_string(r.last);
            if (running && (r.step > 1 || (!stepped && i == 0))) {
                list.add(range + "/" + std::to_string(r.step));
            } else if (r.step == 1 && r.last > r.first) {
                list.add(range);
            } else {
                for (std::uint32_t y = r.first; y <= r.last; y += r.step) {
                    list.add(std::to_string(y));
                }
            }
        }
        return list.text();
    }

    const CronExpression& e_;
    const Rules& rules_;
};

std::string written(const CronExpression& expression, Dialect dialect) {
    if (dialect == Dialect::systemd) return format_systemd(expression);
    std::string text = FieldWriter(expression, *rules_of(dialect)).text();
    if (dialect == Dialect::aws) return "cron(" + text + ")";
    return text;
}

}  // namespace

}  // namespace cron

std::optional<std::string> format_cron(const CronExpression& expression, Dialect dialect) {
    // Not every dialect has words for everything: what does not read back equal is not written.
    std::string text = cron::written(expression, dialect);
    if (parse_cron(text, dialect) == expression) return text;
    const bool secondly = dialect == Dialect::quantum || dialect == Dialect::quantum_extended;
    if (secondly && parse_cron("@secondly", dialect) == expression) return "@secondly";
    return std::nullopt;
}

}  // namespace quantum
