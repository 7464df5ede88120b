#include "verify/limit_check.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "verify/mutant.hpp"
#include "verify/open_runs.hpp"
#include "verify/row.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

struct Change {
    WallTime at;
    int by;
    const Entry* entry;
};

using Span = ClockHistory::Window;
struct Taken {
    const Entry* entry;  // null: an earlier attempt
    Span span;
};

void sort(std::vector<Change>& changes) {
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
        return std::tie(a.at, a.by) < std::tie(b.at, b.by);
    });
}

class LimitCheck {
public:
    LimitCheck(const History& history, const ClockHistory& timeline, Findings& findings)
        : history_(history), timeline_(timeline), findings_(findings) {}

    IntervalSet run() {
        const auto limit = static_cast<long long>(*history_.concurrency);
        std::vector<Change> running;
        std::vector<Taken> taken;
        for (const Entry& entry : history_.entries) {
            const Row row = row_of(entry, 0);
            if (!row.handed_at || never_ran(row) || between_attempts(row)) continue;
            Span span{*row.handed_at, row.ended_at.value_or(OpenRuns::never)};
            if (row.state == EntryState::lost) cut_at_restart(span);
            taken.push_back({&entry, span});
            cut_at_own_end(entry, span);
            running.push_back({span.from, 1, &entry});
            running.push_back({std::max(span.from, span.to), -1, &entry});
        }
        if (history_.witnesses) add_seen(taken);
        tell(running, limit);
        note_full(taken, limit);
        return std::move(full_);
    }

private:
    void tell(std::vector<Change>& running, long long limit) {
        sort(running);
        long long count = 0;
        for (const Change& change : running) {
            count += change.by;
            if (change.by < 0 ||
                count <= limit + (mutated(VerifyMutant::limit_is_one_more) ? 1 : 0) ||
                timeline_.seen_twice(change.at))
                continue;
            findings_.add(FindingKind::over_limit, change.entry->job, change.entry->due,
                          "started at " + words(change.at) + " as number " + std::to_string(count) +
                              " at once; the limit is " + std::to_string(limit),
                          change.entry->id);
        }
    }

    // Who was there to see knows of earlier attempts, and how long each run really took its place.
    void add_seen(std::vector<Taken>& taken) const {
        std::vector<std::pair<BootTime, Duration>> offsets;  // of the wall clock, from when on
        for (const Witness& witness : *history_.witnesses) {
            offsets.emplace_back(witness.started, witness.started_wall.time_since_epoch() -
                                                      witness.started.time_since_epoch());
        }
        std::sort(offsets.begin(), offsets.end());
        const auto wall_of = [&](BootTime boot) {
            const auto after =
                std::upper_bound(offsets.begin(), offsets.end(), std::pair(boot, Duration::max()));
            return WallTime(boot.time_since_epoch() + std::prev(after)->second);
        };
        std::unordered_map<ExecutionId, std::size_t> known;
        for (std::size_t i = 0; i < taken.size(); ++i) known.emplace(taken[i].entry->id, i);
        for (const Witness& witness : *history_.witnesses) {
            Span span{witness.started_wall, OpenRuns::never};
            if (witness.ended) span.to = wall_of(*witness.ended);
            if (span.to < span.from) std::swap(span.from, span.to);
            cut_at_restart(span);
            const auto same = known.find(witness.id);
            if (same == known.end() || taken[same->second].entry->attempt != witness.attempt) {
                taken.push_back({nullptr, span});
                continue;
            }
            // The ledger knows when the place was given and given back; only a function that
            // outlived its timeout keeps it until it was seen to return.
            Taken& one = taken[same->second];
            const bool stuck = one.entry->state == EntryState::timed_out;
            one.span.from = std::min(one.span.from, span.from);
            one.span.to = stuck ? span.to : std::max(one.span.to, span.to);
        }
    }

    // Where no further attempt was made, the row ended after the attempt did.
    static void cut_at_own_end(const Entry& entry, Span& span) {
        if (!entry.ended_at || !entry.outcome || entry.outcome->duration == Duration{}) return;
        span.to = std::min(span.to, span.from + entry.outcome->duration);
    }

    void cut_at_restart(Span& span) const {
        const Outage* restart = timeline_.restart_after(span.from);
        // Where the clock was set back, the restart may have been before the run began; but not
        // where only its end was seen once.
        while (restart != nullptr && timeline_.seen_twice(restart->from)) {
            if (restart->to && !timeline_.seen_twice(*restart->to) &&
                !mutated(VerifyMutant::lost_run_keeps_its_place)) {
                span.to = std::min(span.to, *restart->to);
                return;
            }
            restart = timeline_.restart_after(restart->from + Duration(1));
        }
        if (restart != nullptr) span.to = std::min(span.to, restart->from);
    }

    void note_full(const std::vector<Taken>& spans, long long limit) {
        std::vector<Change> taken;
        for (const Taken& one : spans) {
            Span span = one.span;
            // What ran when the clock was set back ran at instants on both sides of the step.
            for (const ClockHistory::Window& window : timeline_.repeated()) {
                if (span.to < window.from || span.from > window.to) continue;
                span.from = std::min(span.from, window.from);
                span.to = std::max(span.to, window.to);
            }
            taken.push_back({span.from, 1, nullptr});
            taken.push_back({std::max(span.from, span.to), -1, nullptr});
        }
        sort(taken);
        long long count = 0;
        WallTime full_since{};
        for (const Change& change : taken) {
            const bool was_full = count >= limit;
            count += change.by;
            if (!was_full && count >= limit) full_since = change.at;
            if (was_full && count < limit) full_.add(full_since, change.at);
        }
        if (count >= limit) full_.add(full_since, OpenRuns::never);
        full_.seal();
    }

    const History& history_;
    const ClockHistory& timeline_;
    Findings& findings_;
    IntervalSet full_;
};

}  // namespace

IntervalSet check_limit(const History& history, const ClockHistory& timeline, Findings& findings) {
    if (!history.concurrency) return {};
    return LimitCheck(history, timeline, findings).run();
}

}  // namespace quantum::verify
