#include "verify/reference_schedule.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

namespace quantum::verify {

namespace {

using Seconds = cctz::time_point<cctz::seconds>;

WallTime wall(Seconds instant) {
    return WallTime(std::chrono::duration_cast<Duration>(instant.time_since_epoch()));
}

Seconds whole_second(WallTime instant) {
    return Seconds(std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()));
}

// Sorted, each instant once; a run at an instant takes the place of a gap row there.
void tidy(std::vector<ReferenceSlot>& slots) {
    std::sort(slots.begin(), slots.end());
    slots.erase(
        std::unique(slots.begin(), slots.end(),
                    [](const ReferenceSlot& a, const ReferenceSlot& b) { return a.due == b.due; }),
        slots.end());
}

}  // namespace

std::shared_ptr<const ReferenceSchedule> ReferenceSchedule::read(const ScheduleText& text,
                                                                 std::string& problem) {
    auto schedule = std::make_shared<ReferenceSchedule>();
    if (text.composed) {
        problem = "a schedule put together in code is not read by the reference engine";
        return nullptr;
    }
    ReferenceText read;
    if (text.period) {
        read.rule.every = text.period;
    } else if (text.once) {
        read.rule.once = text.once;
    } else {
        read = read_reference(text.text, text.dialect, text.days, text.name);
    }
    if (!read.problem.empty()) {
        problem = read.problem;
        return nullptr;
    }
    schedule->rule_ = std::move(read.rule);
    schedule->dst_ = text.dst;
    const std::string& zone = schedule->rule_.zone.empty() ? text.zone : schedule->rule_.zone;
    if (!cctz::load_time_zone(zone, &schedule->zone_)) {
        problem = "the time zone '" + zone + "' is not known here";
        return nullptr;
    }
    schedule->from_ = text.from;
    schedule->until_ = text.until;
    schedule->left_out_ = text.left_out;
    if (!text.left_out.empty() &&
        !cctz::load_time_zone(text.left_out_zone, &schedule->left_out_zone_)) {
        problem = "the time zone '" + text.left_out_zone + "' is not known here";
        return nullptr;
    }
    return schedule;
}

std::vector<ReferenceSlot> ReferenceSchedule::slots(WallTime from, WallTime to, WallTime anchor,
                                                    bool set_back) const {
    if (from_) from = std::max(from, *from_);
    if (until_) to = std::min(to, *until_ - Duration(1));
    std::vector<ReferenceSlot> found = all_slots(from, to, anchor, set_back);
    if (!left_out_.empty()) {
        std::erase_if(found, [this](const ReferenceSlot& slot) { return is_left_out(slot.due); });
    }
    return found;
}

bool ReferenceSchedule::is_left_out(WallTime due) const {
    const cctz::civil_day day(cctz::convert(whole_second(due), left_out_zone_));
    return std::any_of(left_out_.begin(), left_out_.end(),
                       [day](const std::chrono::year_month_day& date) {
                           return day == cctz::civil_day(static_cast<int>(date.year()),
                                                         static_cast<unsigned>(date.month()),
                                                         static_cast<unsigned>(date.day()));
                       });
}

std::vector<ReferenceSlot> ReferenceSchedule::all_slots(WallTime from, WallTime to, WallTime anchor,
                                                        bool set_back) const {
    std::vector<ReferenceSlot> found;
    if (to < from || rule_.reboot) return found;
    if (rule_.once) {
        if (*rule_.once >= from && *rule_.once <= to) found.push_back({*rule_.once, false});
        return found;
    }
    if (rule_.every) {
        // The anchor itself is no due time: the first one is a period later. When the clock is set
        // back to before it, the rhythm is kept.
        const auto passed = (from - anchor) / *rule_.every - (from < anchor ? 1 : 0);
        const auto first = set_back ? passed : std::max<Duration::rep>(1, passed);
        for (WallTime due = anchor + first * *rule_.every; due <= to; due += *rule_.every) {
            if (due >= from) found.push_back({due, false});
        }
        return found;
    }
    // Two days more on each side than any offset or gap can move a local time.
    const cctz::civil_day first = cctz::civil_day(cctz::convert(whole_second(from), zone_)) - 2;
    const cctz::civil_day last = cctz::civil_day(cctz::convert(whole_second(to), zone_)) + 2;
    for (cctz::civil_day day = first; day <= last; ++day) {
        if (!rule_.matches_day(day)) continue;
        const bool on_the_edge = day - first <= 4 || last - day <= 4;
        add_day(day, on_the_edge ? std::optional(std::pair(from, to)) : std::nullopt, found);
    }
    tidy(found);
    const auto outside = [&](const ReferenceSlot& slot) {
        return slot.due < from || slot.due > to;
    };
    found.erase(std::remove_if(found.begin(), found.end(), outside), found.end());
    return found;
}

// Whether a local time of the hour can be an instant of [from, to], change of the clocks or not.
bool ReferenceSchedule::may_lie_in(const cctz::civil_hour& hour, WallTime from, WallTime to) const {
    const auto first = zone_.lookup(cctz::civil_second(hour));
    const auto last = zone_.lookup(cctz::civil_second(hour + 1) - 1);
    const auto [least, most] =
        std::minmax({first.pre, first.trans, first.post, last.pre, last.trans, last.post});
    constexpr auto margin = std::chrono::hours(1);
    return wall(least) - margin <= to && wall(most) + margin >= from;
}

void ReferenceSchedule::add_day(cctz::civil_day day,
                                const std::optional<std::pair<WallTime, WallTime>>& within,
                                std::vector<ReferenceSlot>& found) const {
    for (int hour = 0; hour < 24; ++hour) {
        if (!rule_.hours[static_cast<std::size_t>(hour)]) continue;
        const cctz::civil_hour local(day.year(), day.month(), day.day(), hour);
        if (within && !may_lie_in(local, within->first, within->second)) continue;
        for (int minute = 0; minute < 60; ++minute) {
            if (!rule_.minutes[static_cast<std::size_t>(minute)]) continue;
            for (int second = 0; second < 60; ++second) {
                if (!rule_.seconds[static_cast<std::size_t>(second)]) continue;
                add_second(
                    cctz::civil_second(day.year(), day.month(), day.day(), hour, minute, second),
                    found);
            }
        }
    }
}

void ReferenceSchedule::add_second(const cctz::civil_second& local,
                                   std::vector<ReferenceSlot>& found) const {
    const auto seen = zone_.lookup(local);
    if (seen.kind == cctz::time_zone::civil_lookup::UNIQUE) {
        found.push_back({wall(seen.pre), false});
        return;
    }
    if (seen.kind == cctz::time_zone::civil_lookup::SKIPPED) {
        if (rule_.hour_running) return;  // the local time does not exist, and none is missed
        switch (dst_.gap) {
            case DstGap::end:
                found.push_back({wall(seen.trans), false});
                break;
            // Counted with the offset before the change it lands behind it by the gap's width.
            case DstGap::shift:
                found.push_back({wall(seen.pre), false});
                break;
            case DstGap::skip:
                found.push_back({wall(seen.trans), true});
                break;
        }
        return;
    }
    DstRepeat repeat = dst_.repeat;
    if (repeat == DstRepeat::automatic) {
        const bool running = rule_.hour_running || rule_.below_hour_running;
        repeat = running ? DstRepeat::both : DstRepeat::first;
    }
    if (repeat == DstRepeat::first || repeat == DstRepeat::both) {
        found.push_back({wall(seen.pre), false});
    }
    if (repeat == DstRepeat::second || repeat == DstRepeat::both) {
        found.push_back({wall(seen.post), false});
    }
}

bool ReferenceLibrary::Less::operator()(const ScheduleText& a, const ScheduleText& b) const {
    const auto parts = [](const ScheduleText& t) {
        return std::tie(t.text, t.dialect, t.zone, t.dst.gap, t.dst.repeat, t.period, t.once,
                        t.composed, t.days, t.name, t.from, t.until, t.left_out, t.left_out_zone);
    };
    return parts(a) < parts(b);
}

std::shared_ptr<const ReferenceSchedule> ReferenceLibrary::find(const ScheduleText& text,
                                                                std::string& problem) {
    auto [place, added] = known_.try_emplace(text);
    if (added) place->second.schedule = ReferenceSchedule::read(text, place->second.problem);
    problem = place->second.problem;
    return place->second.schedule;
}

ReferenceTimes reference_times(const ScheduleText& schedule, WallTime from, WallTime to,
                               WallTime anchor) {
    ReferenceTimes result;
    const auto reference = ReferenceSchedule::read(schedule, result.problem);
    if (!reference) return result;
    for (const ReferenceSlot& slot : reference->slots(from, to, anchor)) {
        if (!slot.gap_row) result.due.push_back(slot.due);
    }
    return result;
}

}  // namespace quantum::verify
