#include "quantum/explain.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cron/search.hpp"
#include "explain/days.hpp"
#include "explain/mutant.hpp"
#include "explain/times.hpp"
#include "explain/words.hpp"
#include "schedule/view.hpp"
#include "zone/zone.hpp"

namespace quantum {

namespace {

using namespace explain_detail;
using Rule = schedule::ScheduleView::Rule;

/// A sentence without its full stop, and those that follow it.
struct Told {
    std::string text;
    std::vector<std::string> remarks;
};

Told tell(const Schedule& schedule);

// --- instants, dates, durations ------------------------------------------------------------

std::string date_text(const cron::Date& date) {
    return std::to_string(date.day) + ' ' + std::string(month_name(static_cast<int>(date.month))) +
           ' ' + std::to_string(date.year);
}

/// "09:30 on 22 November 2026"
std::string instant_text(WallTime instant, const zone::Zone& zone) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
    const std::int64_t local = seconds.time_since_epoch().count() +
                               (mutated(explain_detail::ExplainMutant::instants_in_utc)
                                    ? 0
                                    : zone.window_at(seconds.time_since_epoch().count())->offset);
    const std::int64_t day = local >= 0 ? local / 86400 : (local - 86399) / 86400;
    const auto time = static_cast<int>(local - day * 86400);
    std::string text = two_digits(time / 3600) + ':' + two_digits(time / 60 % 60);
    const auto micros = (instant - seconds).count();
    if (time % 60 != 0 || micros != 0) text += ':' + two_digits(time % 60);
    if (micros != 0) text += '.' + std::to_string(1'000'000 + micros).substr(1);
    return text + " on " + date_text(cron::date_of(static_cast<std::int32_t>(day)));
}

/// "1 hour and 30 minutes"
std::string duration_text(Duration duration) {
    struct Unit {
        std::int64_t microseconds;
        std::string_view name;
    };
    constexpr Unit units[] = {{86'400'000'000, "day"}, {3'600'000'000, "hour"},
                              {60'000'000, "minute"},  {1'000'000, "second"},
                              {1'000, "millisecond"},  {1, "microsecond"}};
    std::int64_t left = duration.count();
    std::vector<std::string> parts;
    for (const Unit& unit : units) {
        const std::int64_t whole = left / unit.microseconds;
        left %= unit.microseconds;
        if (whole != 0) parts.push_back(counted(whole, unit.name));
    }
    if (parts.size() == 1 && parts[0].starts_with("1 ")) return parts[0].substr(2);
    return listed(parts);
}

// --- where clocks change ---------------------------------------------------------------------

/// What the changes of the zone's offset do to the times of a fixed hour, over the coming years.
struct ClockChanges {
    bool missing = false;   ///< some due time falls into a gap
    bool repeated = false;  ///< some due time is shown twice
};

ClockChanges clock_changes(const Rule& rule) {
    // The rules that now hold; what was changed in the past century concerns nobody.
    constexpr std::int64_t from = std::int64_t{cron::day_number_of(2025, 1, 1)} * 86400;
    constexpr std::int64_t until = std::int64_t{cron::day_number_of(2040, 1, 1)} * 86400;
    ClockChanges changes;
    for (const zone::Window* window = rule.zone->window_at(from);
         window != nullptr && window->from < until; window = rule.zone->after(window)) {
        if (window->from < from) continue;
        const std::int64_t begin = window->local_from();
        const std::int64_t seen = window->seen_until;
        if (seen < begin && cron::civil_from(rule.expression(), seen) < begin)
            changes.missing = true;
        if (seen > begin && cron::civil_from(rule.expression(), begin) < seen) {
            changes.repeated = true;
        }
    }
    return changes;
}

std::string missing_text(const Rule& rule) {
    switch (rule.zone_rules.gap) {
        case DstGap::end:
            return "right after the change";
        case DstGap::shift:
            return "as much later as the clock moves";
        case DstGap::skip:
            break;
    }
    return "not at all";
}

std::string repeated_text(const Rule& rule) {
    const bool first = rule.zone_rules.first_pass;
    const bool second = rule.zone_rules.second_pass;
    if (first && second) return "both times";
    if (first) return "the first time only";
    return second ? "the second time only" : "not at all";
}

/// What a clock change does, where it does something that the sentence does not say.
void remark_clock_changes(const Rule& rule, std::vector<std::string>& remarks) {
    const ClockChanges changes = clock_changes(rule);
    const bool usual = rule.zone_rules.first_pass &&
                       (rule.zone_rules.second_pass ||
                        mutated(explain_detail::ExplainMutant::repeat_told_of_any_pass));
    const bool missing =
        changes.missing && (!rule.zone_rules.running_hour ||
                            mutated(explain_detail::ExplainMutant::gap_of_running_hour_told));
    const bool repeated = changes.repeated && !usual;
    std::string text;
    if (missing) {
        text = "When the clock skips a time that is due, it runs " + missing_text(rule);
    }
    if (repeated) {
        text += missing ? "; when the clock shows it twice, "
                        : "When the clock shows a time that is "
                          "due twice, it runs ";
        text += repeated_text(rule);
    }
    if (!text.empty()) remarks.push_back(text);
}

// --- the kinds of schedule -------------------------------------------------------------------

/// True if the text leaves values to be drawn.
bool is_drawn(const Rule& rule) {
    const std::string_view text = rule.text;
    if (rule.dialect == Dialect::cron) return text.find('~') != std::string::npos;
    if (rule.dialect != Dialect::jenkins) return false;
    if (text.starts_with('@')) return true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = i == 0 || text[i - 1] == ' ' || text[i - 1] == ',' ||
                            text[i - 1] == '\t' || text[i - 1] == '\n';
        const bool ends = i + 1 == text.size() ||
                          std::string_view(" ,/(\t\n").find(text[i + 1]) != std::string_view::npos;
        if (text[i] == 'H' && begins && ends) return true;
    }
    return false;
}

Told tell_cron(const Rule& rule) {
    const Times times = times_of(rule.expression());
    Days days = days_of(rule.expression());
    Told told{.text = times.text, .remarks = {}};
    if (days.every_day && times.clock) told.text += " every day";
    if (!days.text.empty()) {
        const bool spans = times.clock && times.text.find(" to ") != std::string::npos;
        const bool number = days.text[0] >= '0' && days.text[0] <= '9';
        const bool comma = number || (spans && !days.every_day && days.text.starts_with("from "));
        told.text += (comma ? ", " : " ") + days.text;
    }
    if (!rule.zone->is_utc()) told.text += ", " + rule.zone->name() + " time";
    if (!times.remark.empty()) told.remarks.push_back(times.remark);
    for (std::string& remark : days.remarks) told.remarks.push_back(std::move(remark));
    if (is_drawn(rule)) {
        told.remarks.emplace_back("What the expression leaves open is drawn from the job's name");
    }
    if (!rule.zone->is_utc()) remark_clock_changes(rule, told.remarks);
    return told;
}

std::string in_zone(const zone::Zone& zone) {
    return zone.is_utc() ? " UTC" : ", " + zone.name() + " time";
}

Told tell_any_of(const std::vector<Schedule>& parts) {
    Told all;
    if (parts.empty()) return {.text = "never", .remarks = {}};
    for (const Schedule& part : parts) {
        Told told = tell(part);
        all.text += (all.text.empty() ? "" : "; and also ") + told.text;
        for (std::string& remark : told.remarks) {
            bool known = false;
            for (const std::string& before : all.remarks) known = known || before == remark;
            if (!known) all.remarks.push_back(std::move(remark));
        }
    }
    return all;
}

Told tell_except(const std::vector<Schedule>& parts) {
    Told told = tell(parts[0]);
    Told excluded = tell(parts[1]);
    told.text += "; but not when this is due too: " + excluded.text;
    return told;
}

Told tell_except_dates(const Rule& rule) {
    constexpr std::size_t most = 5;
    Told told = tell(rule.rest().parts[0]);
    std::vector<std::string> names;
    for (const auto& date : rule.rest().dates) {
        names.push_back(date_text({.year = static_cast<int>(date.year()),
                                   .month = static_cast<unsigned>(date.month()),
                                   .day = static_cast<unsigned>(date.day())}));
    }
    if (names.empty()) return told;
    if (names.size() <= most) {
        told.text += ", except on " + listed(names);
    } else {
        told.text += ", except on " + counted(static_cast<std::int64_t>(names.size()), "date") +
                     " from " + names.front() + " to " + names.back();
    }
    return told;
}

Told tell_within(const Rule& rule) {
    Told told = tell(rule.rest().parts[0]);
    const std::string zone = in_zone(*rule.zone);
    if (rule.rest().from)
        told.text += ", not before " + instant_text(*rule.rest().from, *rule.zone) + zone;
    if (rule.rest().until) {
        told.text += rule.rest().from ? " and only until " : ", only until ";
        const bool wrong =
            mutated(explain_detail::ExplainMutant::until_is_from) && rule.rest().from;
        told.text +=
            instant_text(wrong ? *rule.rest().from : *rule.rest().until, *rule.zone) + zone;
    }
    return told;
}

Told tell(const Schedule& schedule) {
    const Rule& rule = schedule::ScheduleView::rule(schedule);
    switch (rule.kind) {
        case Rule::Kind::cron:
            return tell_cron(rule);
        case Rule::Kind::reboot:
            return {.text =
                        "once at the start of the scheduler; under `quantum run`, once per "
                        "boot of the machine",
                    .remarks = {}};
        case Rule::Kind::interval:
            return {.text = "every " + duration_text(rule.rest().period) +
                            ", counted from when the job was added",
                    .remarks = {}};
        case Rule::Kind::once:
            return {.text = "once, at " + instant_text(schedule.anchor(), *rule.zone) +
                            in_zone(*rule.zone),
                    .remarks = {}};
        case Rule::Kind::any_of:
            return tell_any_of(rule.rest().parts);
        case Rule::Kind::except:
            return tell_except(rule.rest().parts);
        case Rule::Kind::except_dates:
            return tell_except_dates(rule);
        case Rule::Kind::within:
            return tell_within(rule);
    }
    return {};
}

}  // namespace

std::string explain(const Schedule& schedule) {
    const Told told = tell(schedule);
    std::string out = capitalized(told.text) + '.';
    for (const std::string& remark : told.remarks) out += ' ' + remark + '.';
    return out;
}

}  // namespace quantum
