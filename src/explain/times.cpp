#include "explain/times.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/mutant.hpp"
#include "explain/values.hpp"
#include "explain/words.hpp"

namespace quantum::explain_detail {

namespace {

using cron::CronExpression;
using cron::Field;

/// How many times of a day a sentence lists one by one.
constexpr int most_listed = 6;

class TimesTeller {
public:
    explicit TimesTeller(const CronExpression& e)
        : e_(e), seconds_(e.seconds, 0, 59), minutes_(e.minutes, 0, 59), hours_(e.hours, 0, 23) {}

    Times tell() {
        if (!seconds_.one()) {
            tell_seconds();
        } else if (!minutes_.one()) {
            tell_minutes();
        } else {
            tell_hours();
        }
        return std::move(out_);
    }

private:
    [[nodiscard]] bool whole_minutes() const { return e_.seconds == 1; }

    [[nodiscard]] static std::string clock(int hour, int minute, int second, bool with_second) {
        std::string text = two_digits(hour) + ':' + two_digits(minute);
        if (with_second) text += ':' + two_digits(second);
        return text;
    }
    [[nodiscard]] std::string clock(int hour, int minute) const {
        return clock(hour, minute, seconds_.first(), !whole_minutes());
    }

    /// The hours as "from 09:00 to 17:55": the first and the last run of each row of hours.
    [[nodiscard]] std::string windows() const {
        const bool with_second = !whole_minutes();
        std::vector<std::string> spans;
        for (const auto& [from, to] : hours_.runs()) {
            spans.push_back(
                "from " + clock(from, minutes_.first(), seconds_.first(), with_second) + " to " +
                clock(to, mutated(ExplainMutant::last_minute_of_window) ? 0 : minutes_.last(),
                      seconds_.last(), with_second));
        }
        return listed(spans);
    }

    /// Few rows of hours read well as windows, many single ones do not.
    [[nodiscard]] bool hours_are_windows() const {
        if (hours_.runs().size() > 3) return false;
        if (hours_.one()) return true;
        for (const auto& [from, to] : hours_.runs()) {
            if (to > from) return true;
        }
        return false;
    }

    [[nodiscard]] std::string hour_list() const {
        std::vector<std::string> names;
        for (const auto& [from, to] : hours_.runs()) {
            if (to >= from + 2) {
                names.push_back(two_digits(from) + " to " + two_digits(to));
                continue;
            }
            for (int hour = from; hour <= to; ++hour) names.push_back(two_digits(hour));
        }
        return (hours_.one() ? "hour " : "hours ") + listed(names);
    }

    [[nodiscard]] static std::string number_list(const Values& values) {
        std::vector<std::string> names;
        for (const auto& [from, to] : values.runs()) {
            if (to >= from + 2) {
                names.push_back(std::to_string(from) + " to " + std::to_string(to));
                continue;
            }
            for (int value = from; value <= to; ++value) names.push_back(std::to_string(value));
        }
        return listed(names);
    }

    /// "minute 5", "minutes 0 to 10 and 30".
    [[nodiscard]] static std::string numbers(std::string_view unit, const Values& values) {
        std::string out(unit);
        if (!values.one()) out += 's';
        return out + ' ' + number_list(values);
    }

    [[nodiscard]] static std::string each(int step, std::string_view unit) {
        return step == 1 ? "every " + std::string(unit) : "every " + counted(step, unit);
    }

    void remark_gap(const Values& values, std::string_view unit, std::string_view next) {
        out_.remark = values.first() == 0
                          ? "The last gap before the next " + std::string(next)
                          : "The gap from one " + std::string(next) + " to the next";
        out_.remark += " is " + counted(values.gap(), unit);
    }

    /// Steps through the whole of a field: "every 5 minutes", "every 7 minutes from the start of
    /// each hour".
    [[nodiscard]] std::string steps(const Values& values, std::string_view unit,
                                    std::string_view of, bool starts_shown) {
        std::string text = each(values.step(), unit);
        if (values.even()) {
            if (values.first() != 0 && !starts_shown) {
                text += ", starting at " + std::string(unit) + ' ' +
                        std::to_string(values.first()) + " of each " + std::string(of);
            }
            return text;
        }
        if (values.first() == 0) return text + " from the start of each " + std::string(of);
        return text + " from " + std::string(unit) + ' ' + std::to_string(values.first()) +
               " of each " + std::string(of);
    }

    // --- one run an hour ------------------------------------------------------------------

    void tell_hours() {
        const int minute = minutes_.first();
        if (hours_.full()) {
            if (e_.seconds == 1 && minute == 0) {
                out_.text = "every hour on the hour";
                return;
            }
            out_.text = "at minute " + std::to_string(minute);
            if (!whole_minutes()) out_.text += " and second " + std::to_string(seconds_.first());
            out_.text += " of every hour";
            return;
        }
        std::vector<std::string> times;
        for (const int hour : hours_.all()) times.push_back(clock(hour, minute));
        const std::string ends = "from " + times.front() + " to " + times.back();
        const bool stepped = e_.running.has(Field::hour) && hours_.covers() && hours_.count() > 2;
        if (stepped && hours_.step() > 1) {
            out_.text = each(hours_.step(), "hour");
            out_.text += hours_.count() <= most_listed ? ", at " + listed(times) : " " + ends;
            if (!hours_.even() && !mutated(ExplainMutant::uneven_gap_not_told))
                remark_gap(hours_, "hour", "day");
        } else if (hours_.in_a_row() && hours_.count() > 3) {
            out_.text = "every hour " + ends;
            out_.clock = true;
        } else if (hours_.step() > 1 && hours_.count() > most_listed) {
            out_.text = each(hours_.step(), "hour") + ' ' + ends;
            out_.clock = true;
        } else if (hours_.count() > most_listed && hours_are_windows() && rows_only()) {
            out_.text = "every hour " + windows();
            out_.clock = true;
        } else {
            out_.text = "at " + listed(times);
            out_.clock = true;
        }
    }

    /// No hour stands alone.
    [[nodiscard]] bool rows_only() const {
        for (const auto& [from, to] : hours_.runs()) {
            if (from == to) return false;
        }
        return true;
    }

    // --- several runs an hour -------------------------------------------------------------

    void tell_minutes() {
        const bool row_of_hours = hours_.in_a_row() && minutes_.even();
        const bool regular = minutes_.step() > 0 && minutes_.count() >= 3;
        if (!hours_.full() && hours_.count() * minutes_.count() <= most_listed && !regular &&
            !row_of_hours) {
            std::vector<std::string> times;
            for (const int hour : hours_.all()) {
                for (const int minute : minutes_.all()) times.push_back(clock(hour, minute));
            }
            out_.text = "at " + listed(times);
            out_.clock = true;
            return;
        }
        if (hours_.one() && regular) {
            out_.text = each(minutes_.step(), "minute") + ' ' + windows();
            out_.clock = true;
            return;
        }
        if (minutes_.covers()) {
            // Windows show the first minute, and so need no other word for where it starts.
            const bool windowed = !hours_.full() && hours_are_windows();
            out_.text = steps(minutes_, "minute", "hour", windowed);
            if (!minutes_.even()) remark_gap(minutes_, "minute", "hour");
            add_hours("within the ");
            return;
        }
        if (minutes_.step() > 0 && (minutes_.in_a_row() || minutes_.count() > most_listed)) {
            out_.text = each(minutes_.step(), "minute") + " from minute " +
                        std::to_string(minutes_.first()) + " to minute " +
                        std::to_string(minutes_.last());
        } else {
            out_.text = "at " + numbers("minute", minutes_);
        }
        out_.text +=
            hours_.full() || (hours_are_windows() && !hours_.one()) ? " of every hour" : "";
        add_hours("of the ");
    }

    /// Which hours, after a text about minutes; and the second, where no time shows it.
    void add_hours(std::string_view before_list) {
        if (!hours_.full() && hours_are_windows() && !(hours_.one() && !minutes_.covers())) {
            out_.text += ' ' + windows();
            out_.clock = true;
            return;
        }
        if (!hours_.full()) {
            out_.text += ' ' + std::string(hours_.one() ? "of " : before_list) + hour_list();
            out_.clock = !minutes_.covers();
        }
        if (!whole_minutes() && !mutated(ExplainMutant::second_not_told))
            out_.text += ", at second " + std::to_string(seconds_.first());
    }

    // --- several runs a minute ------------------------------------------------------------

    void tell_seconds() {
        const bool regular = seconds_.step() > 0 && seconds_.count() >= 3;
        if (!regular && hours_.count() * minutes_.count() * seconds_.count() <= most_listed) {
            std::vector<std::string> times;
            for (const int hour : hours_.all()) {
                for (const int minute : minutes_.all()) {
                    for (const int second : seconds_.all()) {
                        times.push_back(clock(hour, minute, second, true));
                    }
                }
            }
            out_.text = "at " + listed(times);
            out_.clock = true;
            return;
        }
        const bool steps_through = seconds_.covers();
        if (steps_through) {
            // What follows names the minutes: "from the start of each minute" would say it twice.
            const bool from_zero = seconds_.first() == 0 && !minutes_.full();
            out_.text = from_zero ? each(seconds_.step(), "second")
                                  : steps(seconds_, "second", "minute", false);
            if (!seconds_.even()) remark_gap(seconds_, "second", "minute");
        } else if (seconds_.step() > 0 && (seconds_.in_a_row() || seconds_.count() > most_listed)) {
            out_.text = each(seconds_.step(), "second") + " from second " +
                        std::to_string(seconds_.first()) + " to second " +
                        std::to_string(seconds_.last());
        } else {
            out_.text = "at " + numbers("second", seconds_);
        }
        if (minutes_.full()) {
            if (!steps_through) out_.text += " of every minute";
            if (hours_.full()) return;
            add_windows_or_list(" within the ");
            return;
        }
        const bool one_stretch = hours_.one() && (minutes_.one() || minutes_.in_a_row());
        if (one_stretch) {
            if (!steps_through) out_.text += " of every minute";
            out_.text += ' ' + windows();
            out_.clock = true;
            return;
        }
        out_.text += " of ";
        if (minutes_.even() && minutes_.first() == 0 && minutes_.count() > 2) {
            out_.text += "every " + ordinal(minutes_.step()) + " minute";
            if (hours_.full()) return;
        } else if (minutes_.step() > 1 && minutes_.first() == 0 && minutes_.covers()) {
            out_.text += "every " + ordinal(minutes_.step()) + " minute";
        } else if (minutes_.step() > 1 && minutes_.count() > most_listed) {
            out_.text += "every " + ordinal(minutes_.step()) + " minute from minute " +
                         std::to_string(minutes_.first()) + " to minute " +
                         std::to_string(minutes_.last());
        } else {
            out_.text += numbers("minute", minutes_);
        }
        if (hours_.full()) {
            out_.text += " of every hour";
            return;
        }
        out_.text += (hours_.one() ? " of " : " of the ") + hour_list();
        out_.clock = true;
    }

    void add_windows_or_list(std::string_view before_list) {
        if (hours_are_windows()) {
            out_.text += ' ' + windows();
            out_.clock = true;
        } else {
            out_.text += std::string(before_list) + hour_list();
        }
    }

    const CronExpression& e_;
    Values seconds_;
    Values minutes_;
    Values hours_;
    Times out_;
};

}  // namespace

Times times_of(const CronExpression& expression) { return TimesTeller(expression).tell(); }

}  // namespace quantum::explain_detail
