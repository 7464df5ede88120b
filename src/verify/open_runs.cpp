#include "verify/open_runs.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "verify/mutant.hpp"

namespace quantum::verify {

namespace {

// Of what was open in a stretch of time that was seen twice: so many tell as much as all.
constexpr std::size_t enough_for_all = 64;

// Reasons that end what was claimed before, if only for an instant.
bool given_up(SkipReason reason) {
    return reason == SkipReason::concurrency || reason == SkipReason::paused ||
           reason == SkipReason::superseded || reason == SkipReason::unbound;
}

// Due later, and did not begin first.
bool is_behind(const Row& other, const Row& row) {
    if (other.due <= row.due || mutated(VerifyMutant::line_behind_excuses)) return false;
    return !other.handed_at || (row.handed_at && *other.handed_at >= *row.handed_at);
}

}  // namespace

OpenRuns::OpenRuns(const std::vector<const Row*>& rows, const ClockHistory& timeline) {
    for (const Row* row : rows) add(*row, timeline);
    seal(timeline);
}

void OpenRuns::add(const Row& row, const ClockHistory& timeline) {
    if (is_stretch(row)) return;
    if (never_ran(row) && !row.handed_at) {
        if (row.state == EntryState::claimed) {
            open_.push_back({&row, row.claimed_at, never});
            waiting_.push_back({&row, row.claimed_at, never});
        } else if (row.ended_at && (*row.ended_at > row.claimed_at || given_up(row.reason))) {
            open_.push_back({&row, row.claimed_at, *row.ended_at});
            waiting_.push_back({&row, row.claimed_at, *row.ended_at});
        }
        return;
    }
    const WallTime started = row.handed_at.value_or(row.claimed_at);
    WallTime ended = row.ended_at.value_or(never);
    const WallTime free_again = ended;
    if (row.state == EntryState::lost) {
        // It ended with the process, whenever that was written down.
        if (const Outage* restart = timeline.restart_after(started)) {
            ended = std::min(ended, restart->from);
        }
    }
    open_.push_back({&row, row.claimed_at, free_again});
    if (started > row.claimed_at) waiting_.push_back({&row, row.claimed_at, started});
    runs_.push_back({&row, started, ended});
}

void OpenRuns::seal(const ClockHistory& timeline) {
    // What was open when the clock was set back was open at instants on both sides of the step.
    for (auto* intervals : {&open_, &waiting_}) {
        for (Open& open : *intervals) {
            for (const ClockHistory::Window& window : timeline.repeated()) {
                if (open.from < window.from || open.from > window.to) continue;
                open.from = window.from;
                open.repeated = open.to <= window.to;
                open.to = std::max(open.to, window.to);
            }
        }
    }
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
        return std::tie(a.started, a.ended, a.row->id) < std::tie(b.started, b.ended, b.row->id);
    });
    const auto by_start = [](const Open& a, const Open& b) { return a.from < b.from; };
    std::sort(open_.begin(), open_.end(), by_start);
    keep_stuck_open();
    longest_.resize(open_.size());
    Longest so_far;
    for (std::size_t i = 0; i < open_.size(); ++i) {
        if (so_far.first == none || open_[i].to > open_[so_far.first].to) {
            so_far = {i, so_far.first};
        } else if (so_far.second == none || open_[i].to > open_[so_far.second].to) {
            so_far.second = i;
        }
        longest_[i] = so_far;
    }
    std::sort(waiting_.begin(), waiting_.end(), by_start);
    const auto ended = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [](const Open& wait) { return wait.to == never; });
    waiting_still_.assign(waiting_.begin(), ended);
    waiting_.erase(waiting_.begin(), ended);
    for (const Open& wait : waiting_) longest_wait_ = std::max(longest_wait_, wait.to - wait.from);
}

// A function that outlived its timeout keeps its place until the job is seen to run again.
void OpenRuns::keep_stuck_open() {
    for (Open& open : open_) {
        if (open.row->state != EntryState::timed_out) continue;
        const auto next = std::upper_bound(
            runs_.begin(), runs_.end(), open.to,
            [](WallTime instant, const Run& run) { return instant < run.started; });
        open.to = next == runs_.end() ? never : next->started;
    }
}

bool OpenRuns::open_during(const Row& self, WallTime from, WallTime to) const {
    const auto past =
        std::upper_bound(open_.begin(), open_.end(), to,
                         [](WallTime instant, const Open& open) { return instant < open.from; });
    if (past == open_.begin()) return false;
    const Longest& longest = longest_[static_cast<std::size_t>(past - open_.begin()) - 1];
    for (const std::size_t i : {longest.first, longest.second}) {
        if (i != none && open_[i].row != &self && open_[i].to >= from) return true;
    }
    return false;
}

std::size_t OpenRuns::waiting_at(const Row& self, WallTime instant, Duration slack,
                                 std::size_t enough) const {
    std::size_t count = 0;
    for (const Open& wait : waiting_still_) {
        if (count >= enough || wait.from > instant + slack) break;
        if (wait.row != &self) ++count;
    }
    auto place = std::upper_bound(waiting_.begin(), waiting_.end(), instant + slack,
                                  [](WallTime at, const Open& wait) { return at < wait.from; });
    while (place != waiting_.begin() && count < enough) {
        --place;
        // Nothing that began earlier than the longest wait ago can still be waiting.
        if (place->from + longest_wait_ + slack < instant) break;
        if (place->row != &self && place->to + slack >= instant) ++count;
    }
    return count;
}

std::optional<WallTime> OpenRuns::in_the_way_until(const Row& self, WallTime from,
                                                   WallTime to) const {
    std::optional<WallTime> until;
    auto place =
        std::upper_bound(open_.begin(), open_.end(), to,
                         [](WallTime instant, const Open& open) { return instant < open.from; });
    while (place != open_.begin() && until != to) {
        --place;
        // Nothing here or before it reaches so far.
        const auto index = static_cast<std::size_t>(place - open_.begin());
        const WallTime reached = open_[longest_[index].first].to;
        if (reached < from || (until && reached <= *until)) break;
        if (place->to < from || place->row == &self || is_behind(*place->row, self)) continue;
        until = std::max(until.value_or(from), std::min(place->to, to));
    }
    return until;
}

std::optional<WallTime> OpenRuns::last_end_before(WallTime instant) const {
    const auto past =
        std::upper_bound(open_.begin(), open_.end(), instant,
                         [](WallTime at, const Open& open) { return at < open.from; });
    if (past == open_.begin()) return std::nullopt;
    return open_[longest_[static_cast<std::size_t>(past - open_.begin()) - 1].first].to;
}

std::vector<const Row*> OpenRuns::of_interest_from(WallTime instant) const {
    std::vector<const Row*> kept;
    std::size_t standing_for_all = 0;
    const auto past =
        std::upper_bound(open_.begin(), open_.end(), instant,
                         [](WallTime at, const Open& open) { return at < open.from; });
    const Longest longest = past == open_.begin()
                                ? Longest{}
                                : longest_[static_cast<std::size_t>(past - open_.begin()) - 1];
    for (std::size_t i = 0; i < open_.size(); ++i) {
        const Open& open = open_[i];
        if (open.to < instant && i != longest.first && i != longest.second) continue;
        if (open.repeated && ++standing_for_all > enough_for_all) continue;
        kept.push_back(open.row);
    }
    return kept;
}

}  // namespace quantum::verify
