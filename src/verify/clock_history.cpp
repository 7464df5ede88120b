#include "verify/clock_history.hpp"

#include <algorithm>
#include <chrono>

namespace quantum::verify {

namespace {

// Section 6 of the semantics: a larger change of the clock is a correction.
constexpr Duration largest_change = std::chrono::hours(3);

// Far enough away to stand for "never", near enough to add durations to.
const WallTime far_past = WallTime(WallTime::min().time_since_epoch() / 4);
const WallTime far_future = WallTime(WallTime::max().time_since_epoch() / 4);

}  // namespace

ClockHistory::ClockHistory(const History& history, const Limits& limits) : limits_(limits) {
    passes_.push_back({.begin = far_past});
    std::size_t move = 0;
    std::optional<WallTime> watermark;
    for (std::size_t i = 0; i < history.steps.size(); ++i) {
        const auto& moves = history.watermarks;
        for (; move < moves.size() && moves[move].steps_before <= i; ++move) {
            watermark = moves[move].value;
        }
        add_step(history.steps[i], watermark);
    }
    for (const Outage& outage : history.outages) add_outage(outage);
    std::sort(sure_breaks_.begin(), sure_breaks_.end());
    std::sort(restarts_.begin(), restarts_.end(),
              [](const Outage& a, const Outage& b) { return a.from < b.from; });
    disturbances_.seal();
    recoveries_.seal();

    if (history.watermark) settled_until_ = *history.watermark;
    if (history.now) settled_until_ = std::min(settled_until_, *history.now);
    horizon_ = settled_until_;
    if (history.watermark) horizon_ = std::max(horizon_, *history.watermark);
    if (history.now) horizon_ = std::max(horizon_, *history.now);
    for (const ClockPass& clock_pass : passes_) {
        if (clock_pass.end != WallTime::max()) horizon_ = std::max(horizon_, clock_pass.end);
    }
    for (const Window& window : repeated_) {
        seen_twice_.add(window.from - limits_.settle, window.to + limits_.settle);
    }
    seen_twice_.seal();
}

void ClockHistory::add_step(const StepNote& step, std::optional<WallTime> watermark) {
    disturbances_.add(std::min(step.before, step.after) - limits_.slack,
                      std::max(step.before, step.after) + limits_.settle);
    if (step.after < step.before) return add_step_back(step, watermark);
    if (step.after - step.before > largest_change) {
        // What fell due in the last moments before it may have been passed over undecided.
        const WallTime decided =
            watermark ? std::min(*watermark, step.before) : step.before - limits_.settle;
        corrections_.push_back({decided, step.after});
        return;
    }
    sure_breaks_.push_back(step.after);
    recoveries_.add(step.before, step.after + limits_.settle);
}

void ClockHistory::add_step_back(const StepNote& step, std::optional<WallTime> watermark) {
    ClockPass& clock_pass = passes_.back();
    clock_pass.end = step.before;
    // An earlier step may have shown later instants already.
    const WallTime latest =
        repeated_.empty() ? step.before : std::max(step.before, repeated_.back().to);
    repeated_.push_back({step.after, latest});
    // So far back that all goes on anew: what the note calls used counts from the new now.
    const bool whole = step.before - step.after > largest_change;
    // Else it tells how far this era was decided, unless an earlier one was decided further. The
    // clock may have been set some time before anybody looked: what would have been due in the last
    // moments never was.
    const bool says = step.fixed_times_done_until != WallTime{};
    const bool told = says && !whole && step.fixed_times_done_until > used_until_ &&
                      step.fixed_times_done_until <= step.before;
    if (watermark && !whole) {
        clock_pass.used = std::min(step.before, *watermark);
        if (told) clock_pass.used = std::min(clock_pass.used, step.fixed_times_done_until);
    } else {
        clock_pass.used = told ? step.fixed_times_done_until : step.before - limits_.settle;
        // A start after which nothing was decided before it.
        if (watermark) clock_pass.used = std::min(clock_pass.used, *watermark);
        clock_pass.end_is_vague = !told;
    }
    if (says) {
        used_until_ = whole ? step.fixed_times_done_until
                            : std::max(used_until_, step.fixed_times_done_until);
    }
    passes_.push_back({.begin = step.after, .pass = step.pass, .whole = whole, .shown = latest});
}

void ClockHistory::add_outage(const Outage& outage) {
    disturbances_.add(outage.from - limits_.slack,
                      outage.to ? *outage.to + limits_.settle : far_future);
    if (outage.kind == OutageKind::restart) {
        restarts_.push_back(outage);
        // Of one that took no time nobody can tell what was decided before it, and what fell due
        // at its instant has missed nothing.
        if (outage.to && *outage.to > outage.from) sure_breaks_.push_back(*outage.to);
    }
    if (outage.to) {
        recoveries_.add(outage.from - limits_.slack, *outage.to + limits_.settle);
    } else {
        recoveries_.add(outage.from - limits_.slack, far_future);
    }
}

void ClockHistory::occurrences(WallTime due, bool running, std::vector<Occurrence>& result) const {
    result.clear();
    // A note says that these were passed over; one decided before is welcome.
    const bool passed_over = std::any_of(
        corrections_.begin(), corrections_.end(),
        [due](const Window& correction) { return due > correction.from && due <= correction.to; });
    add_occurrences(due, running, result);
    if (!passed_over) return;
    if (result.empty()) result.push_back({0, passes_.back().pass, false});
    for (Occurrence& occurrence : result) occurrence.required = false;
}

void ClockHistory::add_occurrences(WallTime due, bool running,
                                   std::vector<Occurrence>& result) const {
    if (passes_.size() == 1) {
        result.push_back({0, passes_.back().pass, due <= settled_until_});
        return;
    }
    std::uint32_t lowest = 0;
    bool used_before = false;
    for (std::size_t i = 0; i < passes_.size(); ++i) {
        const ClockPass& clock_pass = passes_[i];
        const bool last = i + 1 == passes_.size();
        if (clock_pass.whole && due >= clock_pass.begin) {
            used_before = false;
            lowest = clock_pass.pass;
        }
        if (due < clock_pass.begin || (!last && due > clock_pass.end)) continue;
        if (used_before && !running) continue;
        // What was never shown before is no repetition, whatever pass it is.
        std::uint32_t least = running && used_before ? clock_pass.pass : lowest;
        if (due > clock_pass.shown) least = 0;
        Occurrence occurrence{least, clock_pass.pass, true};
        const bool decided_here = last ? due <= settled_until_ : due <= clock_pass.used;
        // On the very edge of a step either side may have it.
        if (due == clock_pass.begin) occurrence.required = false;
        if (!last && !decided_here) {
            // What a step found undecided is decided when its time comes again, or else after it,
            // however many steps follow.
            if (!comes_again(due, i)) {
                occurrence.highest_pass = passes_.back().pass;
            } else if (running || (clock_pass.end_is_vague && passes_[i + 1].whole)) {
                occurrence.required = false;
            } else {
                continue;
            }
        } else if (!decided_here) {
            occurrence.required = false;
        }
        if (decided_here && due != clock_pass.begin) used_before = true;
        result.push_back(occurrence);
    }
}

bool ClockHistory::comes_again(WallTime due, std::size_t clock_pass) const {
    for (std::size_t i = clock_pass + 1; i < passes_.size(); ++i) {
        // Behind the clock that was set: it was missed, and is decided then and there.
        if (due < passes_[i].begin) return false;
        if (due <= passes_[i].end) return true;
    }
    return false;
}

void ClockHistory::uncertain_occurrences(WallTime due, std::vector<Occurrence>& result) const {
    result.clear();
    std::uint32_t lowest = 0;
    bool same = false;
    for (std::size_t i = 0; i < passes_.size(); ++i) {
        const ClockPass& clock_pass = passes_[i];
        if (clock_pass.whole && due >= clock_pass.begin) {
            same = false;
            lowest = due > clock_pass.shown ? 0 : clock_pass.pass;
        }
        const bool last = i + 1 == passes_.size();
        if (due < clock_pass.begin && !result.empty()) {
            // Left undecided before, it may be decided after this step.
            result.back().highest_pass = clock_pass.pass;
        }
        if (due < clock_pass.begin || (!last && due > clock_pass.end)) continue;
        if (same) {
            result.back().highest_pass = clock_pass.pass;
        } else {
            result.push_back({lowest, clock_pass.pass, false});
        }
        same = true;
    }
}

Missed ClockHistory::missed(WallTime due, WallTime decided) const {
    if (decided < due) return Missed::no;
    if (decided - due > limits_.misfire_after + limits_.slack) return Missed::surely;
    const auto ended = std::upper_bound(sure_breaks_.begin(), sure_breaks_.end(), due);
    if (ended != sure_breaks_.end() && *ended <= decided) return Missed::surely;
    if (decided - due + limits_.slack >= limits_.misfire_after) return Missed::perhaps;
    if (recoveries_.touches(due, decided)) return Missed::perhaps;
    return Missed::no;
}

bool ClockHistory::disturbed(WallTime from, WallTime to) const {
    return disturbances_.touches(from, to);
}

bool ClockHistory::seen_twice(WallTime instant) const {
    return !seen_twice_.empty() && seen_twice_.touches(instant, instant);
}

std::optional<WallTime> ClockHistory::passed_over_until(WallTime instant) const {
    std::optional<WallTime> end;
    for (const Window& correction : corrections_) {
        if (instant <= correction.from || instant > correction.to) continue;
        end = std::max(end.value_or(correction.to), correction.to);
    }
    return end;
}

const Outage* ClockHistory::restart_after(WallTime from) const {
    auto found = std::lower_bound(
        restarts_.begin(), restarts_.end(), from,
        [](const Outage& outage, WallTime instant) { return outage.from < instant; });
    // What began at the very instant of a short one began after it.
    while (found != restarts_.end() && found->to && *found->to <= from) ++found;
    return found == restarts_.end() ? nullptr : &*found;
}

}  // namespace quantum::verify
