#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "verify/model.hpp"

namespace quantum::verify::test {

// ---- trouble ----

void Model::plan_outages() {
    for (auto count = pick(0, 3); count > 0; --count) {
        const Duration length = chance(30)   ? between(milliseconds(1), seconds(20))
                                : chance(50) ? between(seconds(20), minutes(30))
                                             : between(minutes(30), (end_ - boot_) / 3);
        const BootTime from = some_time();
        const auto kind =
            any(std::array{OutageKind::restart, OutageKind::suspend, OutageKind::fault});
        plan(from - milliseconds(5), [this, kind] { dies_soon_ = kind == OutageKind::restart; });
        plan(from, [this, kind, length] { break_down(kind, length); });
    }
}

void Model::break_down(OutageKind kind, Duration length) {
    dies_soon_ = false;
    if (!up_) return;
    up_ = false;
    outage_ = {kind, wall(), std::nullopt};
    for (ModelJob& job : jobs_) {
        for (const std::size_t entry : job.running) stranded_.push_back(entry);
    }
    plan(boot_ + length, [this] { come_back(); });
}

void Model::come_back() {
    up_ = true;
    outage_->to = wall();
    const OutageKind kind = outage_->kind;
    history_.outages.push_back(*outage_);
    outage_.reset();
    stranded_.clear();
    if (kind == OutageKind::restart) {
        restart();
        return;
    }
    // What ended meanwhile is noticed now.
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        const std::vector<std::size_t> running = jobs_[i].running;
        for (const std::size_t entry : running) end_run(i, entry, EntryState::succeeded);
    }
    decide_all(WallTime::min());
}

void Model::restart() {
    std::vector<std::size_t> ahead(jobs_.size());  // of those that wait behind them
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        const std::vector<std::size_t> running = jobs_[i].running;
        if (jobs_[i].now().overlap != Overlap::allow) ahead[i] = running.size();
        for (const std::size_t entry : running) {
            end_run(i, entry, EntryState::lost);
            if (reruns(i, entry)) try_again(i, entry);
        }
    }
    // Claimed entries are decided anew: too late is too late.
    for (std::size_t i = 0; i < waiting_.size();) {
        const Waiting waiting = waiting_[i];
        Entry& entry = history_.entries[waiting.entry];
        const bool behind = ahead[waiting.job] > 0;
        const bool stays =
            waiting.retry || waiting.in_line || behind || entry.kind == ExecutionKind::manual;
        if (jobs_[waiting.job].now().overlap != Overlap::allow) ++ahead[waiting.job];
        if (stays || in_grace(jobs_[waiting.job], entry.due)) {
            ++i;
            continue;
        }
        entry.state = EntryState::skipped;
        entry.reason = SkipReason::misfire;
        entry.ended_at = wall();
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (options_.edits && chance(20)) {
        // The definition changed on disk while nobody ran.
        const auto index =
            static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(jobs_.size()) - 1));
        if (jobs_[index].exists && jobs_[index].now().active && chance(50)) {
            supersede(index);
            return decide_all(wall());
        }
    }
    decide_all(wall());
}

void Model::supersede(std::size_t index) {
    ModelJob& job = jobs_[index];
    std::vector<WallTime> missed;
    for (auto due = next_slot(job, job.cursor); due && *due < wall(); due = next_slot(job, *due)) {
        if (!is_run(job, *due)) return;
        missed.push_back(*due);
    }
    row(index, missed, EntryState::skipped, SkipReason::superseded);
    if (!missed.empty()) watermark_ = std::max(watermark_, missed.back());
    drop_waiting(index, SkipReason::superseded);
    accept(index, new_definition(index));
}

void Model::plan_steps() {
    for (auto count = pick(1, 2); count > 0; --count) {
        Duration size = chance(70) ? between(seconds(3), minutes(90)) : between(hours(4), hours(9));
        if (chance(20)) size = std::chrono::ceil<minutes>(size);
        const bool back = chance(60);
        const BootTime at = some_time();
        plan(at, [this, size, back] { set_clock(back ? -size : size); });
        if (!back || !chance(40)) continue;
        // And back once more, to where it was before or beyond.
        plan(at + between(seconds(1), size),
             [this, size] { set_clock(-between(seconds(3), chance(50) ? size : size * 2)); });
    }
}

void Model::set_clock(Duration size) {
    if (!up_) return;
    const bool is_told = chance(60);
    if (is_told) decide_all(WallTime::min());
    offset_ += size;
    if (is_told) look_at_clock();
}

void Model::look_at_clock() {
    const Duration size = offset_ - known_offset_;
    if (size == Duration{}) return;
    StepNote note;
    note.after = wall();
    note.before = note.after - size;
    known_offset_ = offset_;
    step(size, note);
}

WallTime Model::decided_until(WallTime until) const {
    for (const ModelJob& job : jobs_) {
        if (!job.exists || !job.now().active) continue;
        if (const auto due = next_slot(job, job.cursor)) {
            until = std::min(until, *due - Duration(1));
        }
    }
    return until;
}

void Model::step(Duration size, StepNote note) {
    const bool large = size > hours(3) || size < -hours(3);
    note_watermark();  // the checker takes the last one for that of the step
    if (size < Duration(0)) {
        ++pass_;
        if (large) whole_pass_ = pass_;
        used_ = large ? note.after - Duration(1) : std::max(used_, decided_until(note.before));
        for (ModelJob& job : jobs_) {
            if (!job.exists) continue;
            job.cursor =
                large || is_running(job.now()) ? note.after : std::max(job.cursor, note.after);
        }
        watermark_ = std::min(watermark_, note.after);
    } else if (large) {
        for (ModelJob& job : jobs_) job.cursor = std::max(job.cursor, note.after);
        watermark_ = note.after;
    }
    note.pass = pass_;
    if (used_is_told_) note.fixed_times_done_until = used_;
    history_.steps.push_back(note);
    note_watermark();
    decide_all(size > Duration(0) && !large ? note.after : WallTime::min());
}

void Model::note_watermark() {
    if (watermark_ == WallTime{}) return;
    history_.watermarks.push_back({watermark_, history_.steps.size()});
}

// ---- changes by people ----

void Model::plan_changes() {
    const bool edits = options_.edits;
    for (auto count = pick(0, 5); count > 0; --count) {
        const auto index =
            static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(jobs_.size()) - 1));
        BootTime when = some_time();
        if (chance(30)) when = std::chrono::floor<minutes>(when);  // at a due time, perhaps
        const auto what = pick(0, edits ? 4 : 0);
        const bool due_first = chance(50);
        plan(when, [this, index, what, due_first] {
            if (!up_) return;
            change(index, what, due_first);
        });
    }
}

void Model::change(std::size_t index, std::int64_t what, bool due_first) {
    ModelJob& job = jobs_[index];
    if (what == 0) {
        if (job.exists) admit(index, wall(), ExecutionKind::manual);
        return;
    }
    const auto next = job.exists ? next_slot(job, job.cursor) : std::nullopt;
    const bool due_now = next && *next == wall();
    if (due_first || !due_now) decide_all(WallTime::min());
    note_watermark();
    if (what == 1 && job.exists) {
        drop_waiting(index, SkipReason::superseded);
        accept(index, new_definition(index));
    } else if (what == 2 && job.exists && job.now().active) {
        JobRevision paused = job.now();
        paused.effective_to.reset();
        paused.active = false;
        drop_waiting(index, SkipReason::paused);
        accept(index, paused);
        job.paused_since = wall();
    } else if (what == 3 && job.exists && !job.now().active) {
        resume(index);
    } else if (what == 4) {
        if (job.exists) {
            job.revisions.back().effective_to = wall();
            job.exists = false;
            job.paused_since.reset();
            drop_waiting(index, SkipReason::superseded);
        } else {
            accept(index, new_definition(index));
        }
    }
    decide_all(WallTime::min());
}

void Model::resume(std::size_t index) {
    ModelJob& job = jobs_[index];
    if (chance(50) && history_.steps.empty()) {
        std::vector<WallTime> passed;
        for (auto due = next_run(job, *job.paused_since); due && *due < wall();
             due = next_run(job, *due)) {
            passed.push_back(*due);
        }
        if (job.with_gap_rows.empty()) {
            row(index, passed, EntryState::skipped, SkipReason::paused);
        }
    }
    JobRevision resumed = job.now();
    resumed.effective_to.reset();
    resumed.active = true;
    job.paused_since.reset();
    accept(index, resumed);
}

}  // namespace quantum::verify::test
