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
#include "explain/weekdays.hpp"
#include "explain/words.hpp"

namespace quantum::explain_detail {

namespace {

using cron::CronExpression;
using cron::DayRule;
using cron::Field;
using cron::SpecialDays;

// Months, one bit each.
constexpr std::uint32_t february = 1U << 2;
constexpr std::uint32_t thirty_or_less = 0xA54;

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

    /// Of months that are listed, those that have one of the dates at all; the others get a remark.
    void leave_out_short_months() {
        if (months_.full() || months_.in_a_row() || e_.special != SpecialDays{} ||
            days_.first() < 30)
            return;
        const std::uint32_t lacking = days_.first() == 31 ? thirty_or_less : february;
        const std::uint32_t fitting = e_.months & ~lacking;
        if (fitting == 0 || fitting == e_.months || mutated(ExplainMutant::short_months_listed))
            return;
        const Values left_out(e_.months & lacking, 1, 12);
        months_ = Values(fitting, 1, 12);
        std::vector<std::string> names;
        for (const int month : left_out.all()) names.emplace_back(month_name(month));
        out_.remarks.push_back(listed(names) + (names.size() == 1 ? " has no " : " have no ") +
                               ordinal(days_.first()));
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
        leave_out_short_months();
        if (is_one_date()) {
            out_.text = "on " + one_date();
            one_date_ = true;
        } else {
            out_.text = dates(of_months());
        }
        remark_short_months();
    }

    /// "7 July", which has its month told.
    [[nodiscard]] bool is_one_date() const {
        return e_.special.nearest_weekday == 0 && e_.special.from_last == 0 &&
               e_.special.nearest_from_last == 0 && days_.one() && months_.one();
    }
    [[nodiscard]] std::string one_date() {
        months_told_ = true;
        return std::to_string(days_.first()) + ' ' + std::string(month_name(months_.first()));
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
        std::uint32_t told = 0;
        for (const int month : months_.all()) told |= 1U << static_cast<unsigned>(month);
        const std::uint32_t lacking =
            told & (last == 31                                      ? thirty_or_less
                    : mutated(ExplainMutant::thirtieth_of_february) ? 0
                                                                    : february);
        if (lacking == 0) return;
        if (last == 29) {
            const bool only = told == february && days_.one();
            out_.remarks.emplace_back(only          ? "It runs in leap years only"
                                      : days_.one() ? "In February it runs in leap years only"
                                                    : "February has a 29th in leap years only");
        } else if (lacking == february) {
            out_.remarks.push_back(row_from == 29 ? "February has at most a 29th"
                                   : days_.one()  ? "February has no such day"
                                                  : "February has no " + ordinal(last));
        } else {
            out_.remarks.push_back("Months without a " + late_days() +
                                   (days_.one() ? " have no run" : " have no run for that day"));
        }
    }

    /// Those that some month lacks: "29th, 30th or 31st".
    [[nodiscard]] std::string late_days() const {
        std::vector<std::string> names;
        for (const int day : days_.all()) {
            if (day >= (mutated(ExplainMutant::february_forgotten) ? 31 : 29)) {
                names.push_back(ordinal(day));
            }
        }
        return listed(names, "or");
    }

    [[nodiscard]] bool is_stepped() const {
        return e_.running.has(Field::day) && days_.step() > 1 && days_.count() >= 3;
    }

    [[nodiscard]] std::string weekdays(const std::string& of, std::string_view in) {
        const bool is_of_month = weekdays_.has_of_month() && !weekdays_.has_plain() && in == "in";
        return weekdays_.text(is_of_month ? of_months() : of, out_.remarks);
    }

    // --- both -----------------------------------------------------------------------------

    void tell_dates_and_weekdays(bool both) {
        const bool plain_weekdays = weekdays_.has_plain() && !weekdays_.has_of_month();
        if (!both && !mutated(ExplainMutant::either_told_as_both)) {
            if (is_one_date() && plain_weekdays) {
                out_.text =
                    "on " + one_date() + " and also " + weekdays({}, {}) + ' ' + in_months();
            } else {
                out_.text = dates("of the month");
                if (is_stepped()) out_.text += ',';
                out_.text += " and also " + weekdays("of the month", "");
                if (!months_.full()) out_.text += ',';
            }
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
        if (plain_weekdays) {
            out_.text += "a " + listed(weekdays_.names(), "or");
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
    const Weekdays weekdays_{e_};
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
