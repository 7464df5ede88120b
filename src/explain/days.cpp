#include "explain/days.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/detail/cron/days.hpp"

#include "explain/mutant.hpp"
#include "explain/values.hpp"
#include "explain/words.hpp"

namespace quantum::explain_detail {

namespace {

using cron::CronExpression;
using cron::DayRule;
using cron::Field;
using cron::SpecialDays;

std::vector<int> bits_of(std::uint32_t set) {
    std::vector<int> bits;
    for (; set != 0; set &= set - 1) bits.push_back(std::countr_zero(set));
    return bits;
}

constexpr std::uint32_t first_n(int n) { return (1U << n) - 1; }

class DaysSentenceBuilder {
public:
    explicit DaysSentenceBuilder(const CronExpression& e)
        : e_(e),
          days_(e.days, 1, 31),
          months_(e.months, 1, 12),
          any_date_(e.days == cron::all_days),
          any_weekday_(e.weekdays == cron::all_weekdays) {}

    Days build() {
        const bool both = e_.day_rule == DayRule::both;
        if ((any_date_ && any_weekday_) || (!both && (any_date_ || any_weekday_))) {
            tell_every_day();
        } else if (any_weekday_) {
            tell_dates();
        } else if (any_date_) {
            out_.text = weekdays("of the month", "in");
        } else {
            tell_dates_and_weekdays(both);
        }
        const bool in_months_last = !months_told_ && !months_.full();
        if (in_months_last) add(in_months());
        tell_years(in_months_last);
        return std::move(out_);
    }

private:
    // --- months and years -----------------------------------------------------------------

    [[nodiscard]] std::string month_list() const {
        std::vector<std::string> names;
        for (const int month : months_.all()) names.emplace_back(month_name(month));
        return listed(names);
    }

    [[nodiscard]] std::string month_span() const {
        return std::string("from ").append(month_name(months_.first())) + " to " +
               std::string(month_name(months_.last()));
    }

    /// What a date belongs to: "of the month", "of January and July".
    [[nodiscard]] std::string of_months() {
        months_told_ = true;
        if (months_.full()) return "of the month";
        if (months_.in_a_row()) return "of every month " + month_span();
        return "of " + month_list();
    }

    [[nodiscard]] std::string in_months() const {
        return months_.in_a_row() ? month_span() : "in " + month_list();
    }

    void add(const std::string& words) {
        if (!out_.text.empty()) out_.text += ' ';
        out_.text += words;
    }

    void tell_years(bool after_months) {
        if (e_.years.every_year() || mutated(ExplainMutant::years_not_told)) return;
        std::vector<std::string> spans;
        for (std::size_t i = 0; i < e_.years.size(); ++i) {
            const auto& range = e_.years[i];
            const std::string first = std::to_string(range.first);
            const int last = range.first + (range.last - range.first) / range.step * range.step;
            if (last == range.first) {
                spans.push_back("in " + first);
            } else if (last == range.first + range.step) {
                spans.push_back("in " + first + " and " + std::to_string(last));
            } else {
                std::string steps;
                if (range.step != 1) steps = "every " + counted(range.step, "year") + ' ';
                steps += "from " + first + " to " + std::to_string(last);
                spans.push_back(std::move(steps));
            }
        }
        const bool date = one_date_ && spans.size() == 1 && spans[0].size() == 7;
        std::string years = date ? spans[0].substr(3) : listed(spans);
        if (after_months && years.starts_with("in ")) years.replace(0, 2, "of");
        if (years.starts_with("every") && !out_.text.empty()) out_.text += ',';
        add(years);
    }

    // --- dates ----------------------------------------------------------------------------

    void tell_every_day() {
        out_.every_day = true;
        if (e_.day_rule == DayRule::either && any_date_ != any_weekday_) {
            out_.remarks.emplace_back(
                "Every day matches, since one of the two day fields is enough");
        }
    }

    void tell_dates() {
        const bool plain = e_.special == SpecialDays{};
        if (plain && days_.one() && months_.one()) {
            out_.text = "on " + std::to_string(days_.first()) + ' ' +
                        std::string(month_name(months_.first()));
            months_told_ = true;
            one_date_ = true;
        } else {
            out_.text = dates(of_months());
        }
        remark_short_months();
    }

    /// The dates of the day field. `of` says of which month.
    [[nodiscard]] std::string dates(const std::string& of) const {
        std::vector<std::string> parts;
        if (days_.count() > 0) parts.push_back(numbered(of));
        add_from_last(parts, of);
        std::vector<std::string> nearest;
        for (const int day : bits_of(e_.special.nearest_weekday)) nearest.push_back(ordinal(day));
        if (!nearest.empty()) {
            parts.push_back("on the weekday (Monday to Friday) nearest the " +
                            listed(nearest, "and the weekday nearest the") + ' ' + of);
        }
        for (const int n : bits_of(e_.special.nearest_from_last)) {
            parts.push_back(n == 0 ? "on the last weekday (Monday to Friday) " + of
                                   : "on the weekday (Monday to Friday) nearest the day " +
                                         counted(n, "day") + " before the last " + of);
        }
        return listed(parts);
    }

    [[nodiscard]] std::string numbered(const std::string& of) const {
        const bool stepped = e_.running.has(Field::day) && days_.step() > 1 && days_.count() >= 3;
        if (stepped) {
            const std::string until = days_.covers() ? "" : " to the " + ordinal(days_.last());
            return "on every " + ordinal(days_.step()) + " day " + of + ", counted from the " +
                   ordinal(days_.first()) + until;
        }
        std::vector<std::string> names;
        for (const auto& [from, to] : days_.runs()) {
            if (to >= from + 2) {
                names.push_back(ordinal(from) + " to " + ordinal(to));
                continue;
            }
            for (int day = from; day <= to; ++day) names.push_back(ordinal(day));
        }
        return "on the " + listed(names) + ' ' + of;
    }

    void add_from_last(std::vector<std::string>& parts, const std::string& of) const {
        const std::uint32_t set = e_.special.from_last;
        if (set == 0) return;
        const int count = std::popcount(set);
        if (set == 1) {
            parts.push_back("on the last day " + of);
        } else if (set == first_n(count)) {
            parts.push_back("on the last " + counted(count, "day") + ' ' + of);
        } else {
            std::vector<std::string> names;
            for (const int n : bits_of(set)) {
                names.push_back(n == 0 ? "on the last day" : std::to_string(n));
            }
            const bool with_last = (set & 1) != 0;
            std::string text = with_last ? "on the last day and " : "";
            if (with_last) names.erase(names.begin());
            text += listed(names);
            text += names.size() == 1 && names[0] == "1" ? " day" : " days";
            parts.push_back(text + " before the last day " + of);
        }
    }

    /// Months that lack a day that is asked for.
    void remark_short_months() {
        constexpr std::uint32_t february = 1U << 2;
        constexpr std::uint32_t thirty_or_less = 0xA54;
        if (e_.special.nearest_weekday >> 29 != 0) {
            const int day = bits_of(e_.special.nearest_weekday).back();
            out_.remarks.push_back(e_.special.short_months_clamp
                                       ? "In a shorter month it is the last weekday"
                                       : "Months without a " + ordinal(day) +
                                             " have no run for it");
        }
        if (e_.special.nearest_weekday >> 28 != 0 && e_.special.nearest_next_door) {
            out_.remarks.emplace_back(
                "A month that ends on that day has no run for it where it is a Sunday");
        }
        if (days_.count() == 0 || any_date_) return;
        if (is_stepped()) {
            if (days_.covers() && !months_.one())
                out_.remarks.emplace_back("The count starts over each month");
            return;
        }
        const int last = days_.last();
        const int row_from = days_.runs().back().first;
        if (row_from < 29) return;  // to the end of the month: said well enough
        const std::uint32_t lacking =
            e_.months & (last == 31                                      ? thirty_or_less
                         : mutated(ExplainMutant::thirtieth_of_february) ? 0
                                                                         : february);
        if (lacking == 0) return;
        if (last == 29) {
            const bool only = e_.months == february && days_.one();
            out_.remarks.emplace_back(only          ? "It runs in leap years only"
                                      : days_.one() ? "In February it runs in leap years only"
                                                    : "February has a 29th in leap years only");
        } else if (lacking == february) {
            out_.remarks.push_back(row_from == 29 ? "February has at most a 29th"
                                   : days_.one()  ? "February has no such day"
                                                  : "February has no " + ordinal(last));
        } else {
            out_.remarks.push_back("Months without a " + ordinal(last) +
                                   (days_.one() ? " have no run" : " have no run for that day"));
        }
    }

    [[nodiscard]] bool is_stepped() const {
        return e_.running.has(Field::day) && days_.step() > 1 && days_.count() >= 3;
    }

    // --- weekdays -------------------------------------------------------------------------

    /// Plain weekdays in their order, Monday first unless a row begins elsewhere.
    [[nodiscard]] std::vector<int> weekday_order() const {
        std::vector<int> order;
        for (int i = 1; i <= 7; ++i) {
            if ((e_.weekdays >> i % 7 & 1) != 0) order.push_back(i % 7);
        }
        return order;
    }

    /// First and last of one row of at least three, over the end of the week too; {-1, -1} else.
    [[nodiscard]] std::pair<int, int> weekday_row() const {
        const int count = std::popcount(e_.weekdays);
        if (count < 3 || count == 7) return {-1, -1};
        int first = -1;
        for (int day = 0; day < 7; ++day) {
            const bool here = (e_.weekdays >> day & 1) != 0;
            const bool before =
                (e_.weekdays >>
                     (mutated(ExplainMutant::week_ends_on_sunday) && day == 0 ? 7 : (day + 6) % 7) &
                 1) != 0;
            if (!here || before) continue;
            if (first >= 0) return {-1, -1};
            first = day;
        }
        return {first, (first + count - 1) % 7};
    }

    [[nodiscard]] std::string weekdays(const std::string& of, std::string_view in) {
        const bool of_month = e_.special.last_weekday != 0 || has_nth();
        const bool plain = e_.weekdays != 0;
        std::string of_text = of;
        if (of_month && !plain && in == "in") of_text = of_months();
        std::vector<std::string> parts;
        if (plain) {
            const auto [from, to] = weekday_row();
            std::vector<std::string> names;
            for (const int day : weekday_order()) names.emplace_back(weekday_name(day));
            parts.push_back(from < 0 ? "every " + listed(names)
                                     : std::string("from ").append(weekday_name(from)) + " to " +
                                           std::string(weekday_name(to)));
        }
        for (int n = 1; n <= 5; ++n) {
            add_weekdays_of_month(parts, ordinal_word(n),
                                  e_.special.nth_weekday[static_cast<std::size_t>(n - 1)], of_text);
        }
        add_weekdays_of_month(parts, "last", e_.special.last_weekday, of_text);
        if (e_.special.nth_weekday[4] != 0) {
            const auto fifth = bits_of(e_.special.nth_weekday[4]);
            out_.remarks.push_back(
                "Months without a fifth " +
                (fifth.size() == 1 ? std::string(weekday_name(fifth[0])) : "one of these") +
                " have no run for it");
        }
        return listed(parts);
    }

    static void add_weekdays_of_month(std::vector<std::string>& parts, std::string_view which,
                                      std::uint8_t set, const std::string& of) {
        std::vector<std::string> names;
        for (const int day : bits_of(set)) names.emplace_back(weekday_name(day));
        if (names.empty()) return;
        parts.push_back("on the " + std::string(which) + ' ' + listed(names) + ' ' + of);
    }

    [[nodiscard]] bool has_nth() const {
        for (const std::uint8_t set : e_.special.nth_weekday) {
            if (set != 0) return true;
        }
        return false;
    }

    // --- both -----------------------------------------------------------------------------

    void tell_dates_and_weekdays(bool both) {
        if (!both && !mutated(ExplainMutant::either_told_as_both)) {
            out_.text = dates("of the month");
            if (is_stepped()) out_.text += ',';
            out_.text += " and also " + weekdays("of the month", "");
            if (!months_.full()) out_.text += ',';
            remark_short_months();
            out_.remarks.insert(out_.remarks.begin(), "A day needs to match only one of the two");
            return;
        }
        const std::string_view week = week_of_month();
        if (!week.empty()) {
            out_.text = "on the " + std::string(week) + ' ' +
                        std::string(weekday_name(std::countr_zero(e_.weekdays))) + ' ' +
                        of_months();
            return;
        }
        out_.text = dates(of_months()) + ", if it is ";
        const bool plain = e_.weekdays != 0 && e_.special.last_weekday == 0 && !has_nth();
        if (plain) {
            std::vector<std::string> names;
            for (const int day : weekday_order()) names.emplace_back(weekday_name(day));
            out_.text += "a " + listed(names, "or");
        } else {
            std::string text = weekdays("of the month", "");
            if (text.starts_with("on ")) text = text.substr(3);
            out_.text += "also " + text;
        }
        out_.remarks.emplace_back("A day must match both the date and the weekday");
        remark_short_months();
    }

    /// "first" for the days 1 to 7 and one weekday, "last" for the last seven; else empty.
    [[nodiscard]] std::string_view week_of_month() const {
        SpecialDays without_last = e_.special;
        without_last.from_last = 0;
        if (without_last != SpecialDays{} || std::popcount(e_.weekdays) != 1) return {};
        if (e_.days == 0) return e_.special.from_last == first_n(7) ? "last" : "";
        if (e_.special.from_last != 0) return {};
        for (int n = 1; n <= 4; ++n) {
            if (e_.days == first_n(7)
                               << (7 * n - (mutated(ExplainMutant::week_of_month_shifted) ? 5 : 6)))
                return ordinal_word(n);
        }
        return {};
    }

    const CronExpression& e_;
    Values days_;
    Values months_;
    bool any_date_;
    bool any_weekday_;
    bool months_told_ = false;
    bool one_date_ = false;
    Days out_;
};

}  // namespace

Days days_of(const CronExpression& expression) { return DaysSentenceBuilder(expression).build(); }

}  // namespace quantum::explain_detail
