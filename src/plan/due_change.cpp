#include "plan/due_change.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "plan/due_count.hpp"
#include "plan/mutant.hpp"
#include "zone/zone.hpp"

namespace quantum::plan {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

/// The due times of one definition that would run.
class Dues {
public:
    Dues(const Job* job, const Period& period) : begin_(period.from), end_(period.until) {
        if (job == nullptr || !job->schedule() || job->schedule()->is_reboot()) return;
        if (job->state() != JobState::active && !mutated(PlanMutant::inactive_runs)) return;
        if (job->pause() && !mutated(PlanMutant::pause_runs)) {
            if (!job->pause()->until) return;
            begin_ = std::max(begin_, *job->pause()->until);
        }
        if (mutated(PlanMutant::period_is_closed)) end_ += Duration(1);
        schedule_ = &*job->schedule();
    }

    [[nodiscard]] std::uint64_t count() const {
        return schedule_ == nullptr ? 0 : count_due_times(*schedule_, begin_, end_);
    }
    [[nodiscard]] std::optional<WallTime> first() const {
        return schedule_ == nullptr ? std::nullopt : schedule_->next(begin_ - Duration(1));
    }
    /// The one after it within the period.
    [[nodiscard]] std::optional<WallTime> next(WallTime due) const {
        const auto found = schedule_->next(due);
        return found && *found < end_ ? found : std::nullopt;
    }
    [[nodiscard]] std::optional<WallTime> first_within() const {
        const auto found = first();
        return found && *found < end_ ? found : std::nullopt;
    }
    [[nodiscard]] std::vector<WallTime> all() const {
        std::vector<WallTime> found;
        for (auto due = first_within(); due; due = next(*due)) found.push_back(*due);
        return found;
    }

private:
    const Schedule* schedule_ = nullptr;
    WallTime begin_;
    WallTime end_;
};

const zone::Zone& zone_of(const Job* before, const Job* after) {
    for (const Job* job : {after, before}) {
        if (job == nullptr || !job->schedule()) continue;
        const zone::Zone* const zone = zone::Zone::named(job->schedule()->zone_name());
        if (zone != nullptr) return *zone;
    }
    return zone::Zone::utc();
}

/// Due times that have no equal on the other side, by local day.
using ByDay = std::map<std::int64_t, std::vector<WallTime>>;

ByDay by_day(const std::vector<WallTime>& dues, const zone::Zone& zone) {
    ByDay days;
    for (const WallTime due : dues) {
        const std::int64_t since = floor<seconds>(due).time_since_epoch().count();
        const std::int64_t local = since + zone.window_at(since)->offset;
        const auto day = floor<std::chrono::days>(std::chrono::sys_seconds(seconds(local)));
        const std::int64_t number =
            mutated(PlanMutant::moved_across_days) ? 0 : day.time_since_epoch().count();
        days[number].push_back(due);
    }
    return days;
}

void add_move(DueChange& change, WallTime from, WallTime to) {
    ++change.moved;
    const Duration by = to - from;
    if (!change.moves.empty() && change.moves.back().by == by) {
        ++change.moves.back().count;
    } else {
        change.moves.push_back({from, 1, by});
    }
}

void note_first(std::optional<WallTime>& first, WallTime due) {
    if (!first || due < *first) first = due;
}

void pair(DueChange& change, const std::vector<WallTime>& gone, const std::vector<WallTime>& come,
          const zone::Zone& zone) {
    const ByDay gone_by_day = by_day(gone, zone);
    const ByDay come_by_day = by_day(come, zone);
    for (const auto& [day, dues] : gone_by_day) {
        const auto other = come_by_day.find(day);
        if (other != come_by_day.end() && other->second.size() == dues.size()) {
            for (std::size_t at = 0; at < dues.size(); ++at) {
                add_move(change, dues[at], other->second[at]);
            }
            continue;
        }
        change.vanish += dues.size();
        note_first(change.first_vanishing, dues.front());
    }
    for (const auto& [day, dues] : come_by_day) {
        const auto other = gone_by_day.find(day);
        if (other != gone_by_day.end() && other->second.size() == dues.size()) continue;
        change.appear += dues.size();
        note_first(change.first_appearing, dues.front());
    }
}

/// The first one on either side that the other does not have.
void find_first_difference(DueChange& change, const Dues& before, const Dues& after,
                           std::size_t most) {
    auto old = before.first_within();
    auto next = after.first_within();
    for (std::size_t step = 0; step < most && (old || next); ++step) {
        if (change.first_vanishing && change.first_appearing) return;
        if (old && next && *old == *next) {
            old = before.next(*old);
            next = after.next(*next);
        } else if (old && (!next || *old < *next)) {
            if (!change.first_vanishing) change.first_vanishing = old;
            old = before.next(*old);
        } else {
            if (!change.first_appearing) change.first_appearing = next;
            next = after.next(*next);
        }
    }
}

}  // namespace

DueChange due_change(const Job* before, const Job* after, const Period& period) {
    const Dues old(before, period);
    const Dues next(after, period);
    DueChange change;
    change.next_before = old.first();
    change.next_after = next.first();
    change.before = old.count();
    change.after = next.count();
    const bool has_both = change.before > 0 && change.after > 0;
    if (has_both && std::max(change.before, change.after) > period.most) {
        change.is_counted = true;
        find_first_difference(change, old, next, 2 * period.most);
        return change;
    }
    if (!has_both) {
        change.vanish = change.before;
        change.appear = change.after;
        change.first_vanishing = old.first_within();
        change.first_appearing = next.first_within();
        return change;
    }
    const std::vector<WallTime> was = old.all();
    const std::vector<WallTime> is = next.all();
    std::vector<WallTime> gone;
    std::vector<WallTime> come;
    std::set_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(gone));
    std::set_difference(is.begin(), is.end(), was.begin(), was.end(), std::back_inserter(come));
    pair(change, gone, come, zone_of(before, after));
    return change;
}

}  // namespace quantum::plan
