#include "verify/model_scheduler.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "quantum/schedule.hpp"

#include "verify/times.hpp"

namespace quantum::verify::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Place {
    const char* zone;
    const char* change;  // an instant worth being near
};

constexpr std::array<Place, 13> places{{
    {"America/New_York", "2027-03-14T07:00:00Z"},
    {"America/New_York", "2027-11-07T06:00:00Z"},
    {"Europe/London", "2027-03-28T01:00:00Z"},
    {"Europe/London", "2027-10-31T01:00:00Z"},
    {"Australia/Sydney", "2027-04-03T16:00:00Z"},
    {"Australia/Sydney", "2027-10-02T16:00:00Z"},
    {"Australia/Lord_Howe", "2027-04-03T15:00:00Z"},
    {"Australia/Lord_Howe", "2027-10-02T15:30:00Z"},
    {"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
    {"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
    {"Pacific/Apia", "2011-12-30T10:00:00Z"},
    {"UTC", "2027-06-01T12:00:00Z"},
    {"Asia/Kolkata", "2028-02-29T00:00:00Z"},
}};

struct Text {
    const char* text;
    Dialect dialect;
    Duration period{};  // of an interval that is no text
};

constexpr std::array<Text, 9> second_texts{{{"*/10 * * * * *", Dialect::quantum_extended},
                                            {"*/30 * * * * *", Dialect::quantum_extended},
                                            {"@every 45s", Dialect::cron},
                                            {"@every 7s", Dialect::cron},
                                            {"5,35 */2 * * * *", Dialect::quantum_extended},
                                            {"0 */3 * * * *", Dialect::quantum_extended},
                                            {"*:*:05/25", Dialect::systemd},
                                            {"every 1500 ms", Dialect::cron, milliseconds(1500)},
                                            {"every 7750 ms", Dialect::cron, milliseconds(7750)}}};
constexpr std::array<Text, 10> minute_texts{{{"* * * * *", Dialect::cron},
                                             {"*/5 * * * *", Dialect::cron},
                                             {"*/7 * * * *", Dialect::quantum},
                                             {"@every 11m", Dialect::cron},
                                             {"10-50/20 * * * *", Dialect::cron},
                                             {"*/20 0-6 * * *", Dialect::cron},
                                             {"0,30 1,2,3 * * *", Dialect::cron},
                                             {"15 */2 * * *", Dialect::cron},
                                             {"*:0/7", Dialect::systemd},
                                             {"Sat,Sun,Mon 1,2,3:00/20", Dialect::systemd}}};
constexpr std::array<Text, 15> hour_texts{{{"0 * * * *", Dialect::cron},
                                           {"@hourly", Dialect::quantum},
                                           {"30 2 * * *", Dialect::cron},
                                           {"30 1 * * *", Dialect::cron},
                                           {"0 0 * * *", Dialect::cron},
                                           {"0 1-3 * * *", Dialect::cron},
                                           {"*/20 2 * * *", Dialect::cron},
                                           {"0 */6 * * *", Dialect::cron},
                                           {"@every 2h", Dialect::cron},
                                           {"15 4 * * 1-5", Dialect::cron},
                                           {"0 22-3 * * *", Dialect::quantum},
                                           {"0 0 1 1 *", Dialect::cron},
                                           {"hourly", Dialect::systemd},
                                           {"*-*-* 02:30:00", Dialect::systemd},
                                           {"*-*~1..3 01:30", Dialect::systemd}}};

struct Run {
    std::size_t entry;
    std::size_t witness;
    BootTime started;
};

struct ModelJob {
    std::string name;
    std::vector<JobRevision> revisions;
    std::vector<Schedule> schedules;      // of the revision in force
    std::vector<Schedule> with_gap_rows;  // where gaps are left out: the same with them
    WallTime cursor;                      // everything due up to here is decided
    WallTime last_due;                    // the latest due time that has an entry
    WallTime accepted;
    std::uint32_t first_revision = 1;  // of this job of the name
    bool exists = false;
    std::vector<std::size_t> running;  // entries
    std::optional<WallTime> paused_since;

    [[nodiscard]] const JobRevision& now() const { return revisions.back(); }
};

struct Waiting {
    std::size_t entry;
    std::size_t job;
    BootTime not_before;
    bool for_place = false;
    bool retry = false;  // it has run before
    bool in_line = false;
};

class Model {
public:
    Model(std::uint64_t seed, const ModelOptions& options) : random_(seed), options_(options) {}

    History run() {
        set_up();
        while (true) {
            const BootTime due = up_ ? next_due() : never;
            const BootTime event = events_.empty() ? never : events_.top().at;
            if (std::min(due, event) > end_) break;
            if (due <= event) {
                boot_ = std::max(boot_, due);
                boot_ += Duration(pick(0, 3) == 0 ? pick(0, 2000) : 0);  // the latency of a wake-up
                look_at_clock();
                decide_all(WallTime::min());
                continue;
            }
            const std::function<void()> action = events_.top().action;
            boot_ = std::max(boot_, events_.top().at);
            events_.pop();
            if (up_) look_at_clock();
            action();
        }
        return finish();
    }

private:
    static constexpr BootTime never = BootTime::max();

    struct Event {
        BootTime at;
        std::uint64_t order;
        std::function<void()> action;
        bool operator<(const Event& other) const {
            return std::pair(at, order) > std::pair(other.at, other.order);
        }
    };

    std::int64_t pick(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    bool chance(int percent) { return pick(1, 100) <= percent; }
    Duration between(Duration low, Duration high) {
        return Duration(pick(low.count(), high.count()));
    }
    template <class Array>
    const auto& any(const Array& values) {
        return values[static_cast<std::size_t>(
            pick(0, static_cast<std::int64_t>(values.size()) - 1))];
    }

    WallTime wall() const { return WallTime(boot_.time_since_epoch()) + offset_; }
    void plan(BootTime at, std::function<void()> action) {
        events_.push({at, ++order_, std::move(action)});
    }

    ExecutionId new_id() {
        ExecutionId id;
        ++ids_;
        for (std::size_t i = 0; i < 8; ++i) {
            id.bytes[15 - i] = static_cast<std::uint8_t>(ids_ >> (8 * i));
        }
        id.bytes[0] = 1;
        return id;
    }

    // ---- the world ----

    void set_up() {
        const Place& place = any(places);
        zone_ = place.zone;
        length_class_ = static_cast<int>(pick(0, 2));
        const Duration length = length_class_ == 0   ? between(minutes(40), hours(2))
                                : length_class_ == 1 ? between(hours(6), hours(16))
                                                     : between(hours(40), hours(110));
        Duration before = between(minutes(5), length);
        if (chance(30)) before = std::chrono::floor<minutes>(before);
        offset_ = Duration(0);
        const WallTime start = at(place.change) - before;
        boot_ = BootTime(start.time_since_epoch());
        end_ = boot_ + length;
        stretches_ = chance(70);
        pass_stays_ = chance(50);
        used_is_told_ = chance(70);
        watermarks_are_seen_ = chance(50);
        history_.watermark.reset();
        const auto limit = options_.limit && chance(30) ? pick(1, 4) : 512;
        history_.concurrency = static_cast<std::uint32_t>(limit);
        history_.witnesses.emplace();
        const auto count = pick(1, 6);
        jobs_.resize(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < jobs_.size(); ++i) {
            jobs_[i].name = "job-" + std::to_string(i);
            accept(i, new_definition(i));
        }
        if (options_.outages) plan_outages();
        if (options_.steps && chance(35)) plan_steps();
        plan_changes();
    }

    Text draw_text() {
        if (length_class_ == 0 && chance(60)) return any(second_texts);
        if (length_class_ <= 1 && chance(60)) return any(minute_texts);
        return any(hour_texts);
    }

    JobRevision new_definition(std::size_t job) {
        JobRevision revision;
        revision.job = jobs_[job].name;
        const auto draw = [&] {
            const Text text = draw_text();
            ScheduleText schedule{text.text, text.dialect, chance(80) ? zone_ : "UTC", {}};
            if (text.period > Duration{}) {
                schedule.period = text.period;
                return schedule;
            }
            if (chance(35)) schedule.dst.gap = chance(50) ? DstGap::skip : DstGap::shift;
            if (chance(15)) {
                schedule.dst.repeat = any(std::array{DstRepeat::first, DstRepeat::second,
                                                     DstRepeat::both, DstRepeat::none});
            }
            return schedule;
        };
        revision.schedules.push_back(draw());
        if (chance(10)) {
            // Both go on when the clock is set back, or neither does: one cursor is enough.
            ScheduleText second = draw();
            if (is_running(second) == is_running(revision.schedules.front())) {
                revision.schedules.push_back(std::move(second));
            }
        }
        revision.overlap =
            any(std::array{Overlap::allow, Overlap::skip, Overlap::queue, Overlap::replace});
        revision.queue_limit = static_cast<std::uint32_t>(pick(1, 3));
        revision.misfire = any(std::array{Misfire::one, Misfire::all, Misfire::skip});
        if (chance(30)) revision.grace = between(minutes(1), hours(2));
        if (chance(30)) revision.misfire_cap = static_cast<std::uint32_t>(pick(1, 5));
        if (chance(25)) revision.retries = static_cast<std::uint32_t>(pick(1, 3));
        revision.reruns_lost = chance(40);
        if (chance(10)) revision.jitter = between(seconds(1), seconds(20));
        if (chance(20)) revision.timeout = between(seconds(30), minutes(20));
        return revision;
    }

    // ---- definitions ----

    void accept(std::size_t index, JobRevision revision) {
        ModelJob& job = jobs_[index];
        revision.effective_from = wall();
        if (!job.revisions.empty()) {
            revision.revision = job.now().revision + 1;
            if (job.exists) job.revisions.back().effective_to = wall();
        }
        if (!job.exists) {
            job.accepted = wall();
            job.first_revision = revision.revision;
        }
        revision.anchor = job.accepted;
        job.exists = true;
        job.schedules.clear();
        job.with_gap_rows.clear();
        for (const ScheduleText& text : revision.schedules) {
            if (text.period) {
                job.schedules.push_back(Schedule::every(*text.period, *revision.anchor));
                continue;
            }
            const auto parsed = parse_schedule(
                text.text, {.dialect = text.dialect, .zone = text.zone, .dst = text.dst});
            job.schedules.push_back(parsed.value().anchored_at(*revision.anchor));
            DstPolicy filled = text.dst;
            filled.gap = DstGap::end;
            if (text.dst.gap != DstGap::skip) continue;
            const auto with_rows = parse_schedule(
                text.text, {.dialect = text.dialect, .zone = text.zone, .dst = filled});
            job.with_gap_rows.push_back(with_rows.value().anchored_at(*revision.anchor));
        }
        // Inclusive, unless the old definition has decided this very instant.
        WallTime from = job.last_due == wall() ? wall() : wall() - Duration(1);
        // What was used before the clock was set back stays used for fixed times.
        if (!is_running(revision)) from = std::max(from, used_);
        job.cursor = from;
        job.revisions.push_back(std::move(revision));
    }

    static bool is_running(const ScheduleText& text) {
        static const std::set<std::string> fixed{"*/20 0-6 * * *",
                                                 "0,30 1,2,3 * * *",
                                                 "30 2 * * *",
                                                 "30 1 * * *",
                                                 "0 0 * * *",
                                                 "0 1-3 * * *",
                                                 "*/20 2 * * *",
                                                 "15 4 * * 1-5",
                                                 "0 22-3 * * *",
                                                 "0 0 1 1 *",
                                                 "Sat,Sun,Mon 1,2,3:00/20",
                                                 "*-*-* 02:30:00",
                                                 "*-*~1..3 01:30"};
        return !fixed.contains(text.text);
    }
    static bool is_running(const JobRevision& revision) {
        return is_running(revision.schedules.front());
    }

    std::optional<WallTime> next_run(const ModelJob& job, WallTime after) const {
        std::optional<WallTime> next;
        for (const Schedule& schedule : job.schedules) {
            const auto due = schedule.next(after);
            if (due && (!next || *due < *next)) next = due;
        }
        return next;
    }
    // Runs and the rows of what a gap left out.
    std::optional<WallTime> next_slot(const ModelJob& job, WallTime after) const {
        std::optional<WallTime> next = next_run(job, after);
        for (const Schedule& schedule : job.with_gap_rows) {
            const auto due = schedule.next(after);
            if (due && (!next || *due < *next)) next = due;
        }
        return next;
    }
    bool is_run(const ModelJob& job, WallTime due) const {
        return next_run(job, due - Duration(1)) == due;
    }

    // ---- due times ----

    BootTime next_due() const {
        std::optional<WallTime> next;
        for (const ModelJob& job : jobs_) {
            if (!job.exists || !job.now().active) continue;
            const auto due = next_slot(job, job.cursor);
            if (due && (!next || *due < *next)) next = due;
        }
        if (!next) return never;
        // By the clock as it was looked at last: nobody is told that it was set.
        return BootTime((*next - known_offset_).time_since_epoch());
    }

    // Everything due by now, oldest first within a job. What is due up to `missed_until` is missed.
    void decide_all(WallTime missed_until) {
        for (std::size_t i = 0; i < jobs_.size(); ++i) decide(i, missed_until);
        start_waiting();
    }

    void decide(std::size_t index, WallTime missed_until) {
        ModelJob& job = jobs_[index];
        if (!job.exists || !job.now().active) return;
        const WallTime now = wall();
        const JobRevision& revision = job.now();
        std::vector<WallTime> missed;
        std::vector<WallTime> rest;
        std::vector<WallTime> gaps;
        for (auto due = next_slot(job, job.cursor); due && *due <= now;
             due = next_slot(job, *due)) {
            job.cursor = job.last_due = *due;
            watermark_ = std::max(watermark_, *due);
            if (!is_run(job, *due)) {
                gaps.push_back(*due);
            } else if (now - *due > seconds(5) || *due <= missed_until) {
                missed.push_back(*due);
            } else {
                rest.push_back(*due);
            }
        }
        job.cursor = std::max(job.cursor, now);
        for (const WallTime due : gaps) row(index, {due}, EntryState::skipped, SkipReason::dst_gap);
        if (!missed.empty() || !rest.empty() || !gaps.empty()) end_retries(index);
        if (!missed.empty()) recover(index, revision, missed);
        for (const WallTime due : rest) {
            end_retries(index);
            admit(index, due, ExecutionKind::scheduled);
        }
    }

    // The next due time ends the attempts at those before it, but not at what was lost.
    void end_retries(std::size_t index) {
        const std::vector<Waiting> waiting = waiting_;
        for (const Waiting& one : waiting) {
            const Entry& entry = history_.entries[one.entry];
            if (one.job != index || !one.retry) continue;
            if (entry.outcome->kind == OutcomeKind::lost || past_next_.contains(one.entry))
                continue;
            give_up(one.entry);
        }
    }

    // No further attempt: it ended as the last one did.
    void give_up(std::size_t number) {
        Entry& entry = history_.entries[number];
        entry.state = entry.outcome->kind == OutcomeKind::lost        ? EntryState::lost
                      : entry.outcome->kind == OutcomeKind::timed_out ? EntryState::timed_out
                                                                      : EntryState::failed;
        --entry.attempt;
        entry.ended_at = wall();
        std::erase_if(waiting_, [&](const Waiting& one) { return one.entry == number; });
    }

    bool in_grace(const ModelJob& job, WallTime due) const {
        Duration grace = hours(12);
        if (job.now().grace) {
            grace = *job.now().grace;
        } else if (const auto next = next_run(job, due); next && *next - due < hours(24)) {
            grace = std::clamp<Duration>((*next - due) / 2, minutes(1), hours(1));
        }
        return wall() - due <= grace;
    }

    void recover(std::size_t index, const JobRevision& revision,
                 const std::vector<WallTime>& missed) {
        ModelJob& job = jobs_[index];
        if (revision.misfire == Misfire::skip) {
            row(index, missed, EntryState::skipped, SkipReason::misfire);
            return;
        }
        if (revision.misfire == Misfire::one) {
            if (!in_grace(job, missed.back())) {
                row(index, missed, EntryState::skipped, SkipReason::misfire);
                return;
            }
            const std::vector<WallTime> earlier(missed.begin(), missed.end() - 1);
            const ExecutionId cover = new_id();
            row(index, earlier, EntryState::coalesced, SkipReason::none, cover);
            admit(index, missed.back(), ExecutionKind::scheduled, cover);
            return;
        }
        std::vector<WallTime> run;
        for (const WallTime due : missed) {
            if (in_grace(job, due)) run.push_back(due);
        }
        // The newest of them.
        if (run.size() > revision.misfire_cap) {
            run.erase(run.begin(), run.end() - static_cast<std::ptrdiff_t>(revision.misfire_cap));
        }
        std::vector<WallTime> dropped;
        for (const WallTime due : missed) {
            if (!std::binary_search(run.begin(), run.end(), due)) {
                dropped.push_back(due);
                continue;
            }
            row(index, dropped, EntryState::skipped, SkipReason::misfire);
            dropped.clear();
            claim(index, due, ExecutionKind::scheduled, std::nullopt, true);
        }
        row(index, dropped, EntryState::skipped, SkipReason::misfire);
    }

    Entry& add_entry(std::size_t index, WallTime due, ExecutionKind kind, EntryState state) {
        const ModelJob& job = jobs_[index];
        Entry entry;
        entry.id = new_id();
        entry.job = job.name;
        entry.revision = job.now().revision;
        entry.due = entry.until = due;
        entry.kind = kind;
        entry.claimed_at = wall();
        entry.state = state;
        entry.pass = pass_;
        if (pass_stays_ && !is_running(job.now())) entry.pass = whole_pass_;
        if (kind == ExecutionKind::manual) entry.pass = pass_;
        history_.entries.push_back(entry);
        return history_.entries.back();
    }

    // Due times that share a fate without running: one row, or a row each.
    void row(std::size_t index, const std::vector<WallTime>& due, EntryState state,
             SkipReason reason, std::optional<ExecutionId> cover = std::nullopt) {
        if (due.empty()) return;
        const std::size_t rows = stretches_ ? 1 : due.size();
        for (std::size_t i = 0; i < rows; ++i) {
            Entry& entry = add_entry(index, due[i], ExecutionKind::scheduled, state);
            entry.reason = reason;
            entry.covered_by = cover;
            if (chance(50)) entry.ended_at = wall();
            if (rows == due.size()) continue;
            entry.until = due.back();
            entry.count = static_cast<std::uint32_t>(due.size());
        }
    }

    // ---- runs ----

    bool retries(std::size_t index) const {
        return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
            return waiting.job == index && waiting.retry;
        });
    }
    bool waits(std::size_t index) const {
        return std::any_of(waiting_.begin(), waiting_.end(),
                           [&](const Waiting& waiting) { return waiting.job == index; });
    }

    void admit(std::size_t index, WallTime due, ExecutionKind kind,
               std::optional<ExecutionId> id = std::nullopt) {
        ModelJob& job = jobs_[index];
        const JobRevision& revision = job.now();
        const bool open = !job.running.empty() || waits(index);
        if (open && revision.overlap == Overlap::skip) return refuse(index, due, kind, id);
        if (open && revision.overlap == Overlap::queue) {
            const auto queued = std::count_if(
                waiting_.begin(), waiting_.end(),
                [&](const Waiting& waiting) { return waiting.job == index && !waiting.retry; });
            if (queued >= static_cast<std::int64_t>(revision.queue_limit)) {
                return refuse(index, due, kind, id);
            }
        }
        if (open && revision.overlap == Overlap::replace) make_room(index);
        claim(index, due, kind, id, false);
    }

    // In line: one of several missed runs, that follow one another.
    void claim(std::size_t index, WallTime due, ExecutionKind kind, std::optional<ExecutionId> id,
               bool in_line) {
        const JobRevision& revision = jobs_[index].now();
        Entry& entry = add_entry(index, due, kind, EntryState::claimed);
        if (id) entry.id = *id;
        Duration jitter{};
        if (kind == ExecutionKind::scheduled && revision.jitter > Duration(0)) {
            jitter = revision.jitter / 2;
        }
        waiting_.push_back({history_.entries.size() - 1, index,
                            std::max(boot_, boot_ + jitter - (wall() - due)), false, false,
                            in_line});
        if (jitter > Duration{}) entry.not_before = due + jitter;
        if (waiting_.back().not_before > boot_) wake_at(waiting_.back().not_before);
        start_waiting();
    }

    void refuse(std::size_t index, WallTime due, ExecutionKind kind,
                std::optional<ExecutionId> id) {
        Entry& entry = add_entry(index, due, kind, EntryState::skipped);
        entry.reason = SkipReason::overlap;
        entry.ended_at = wall();
        if (id) entry.id = *id;
    }

    void make_room(std::size_t index) {
        const std::vector<std::size_t> running = jobs_[index].running;
        for (const std::size_t entry : running) end_run(index, entry, EntryState::killed);
        drop_waiting(index, SkipReason::overlap);
    }

    void drop_waiting(std::size_t index, SkipReason reason) {
        const std::vector<Waiting> all = waiting_;
        for (const Waiting& waiting : all) {
            if (waiting.job != index) continue;
            if (waiting.retry) {
                give_up(waiting.entry);
                continue;
            }
            Entry& entry = history_.entries[waiting.entry];
            entry.state = EntryState::skipped;
            entry.reason = reason;
            entry.ended_at = wall();
        }
        std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.job == index; });
    }

    void start_waiting() {
        std::stable_sort(waiting_.begin(), waiting_.end(), [&](const Waiting& a, const Waiting& b) {
            return history_.entries[a.entry].due < history_.entries[b.entry].due;
        });
        for (std::size_t i = 0; i < waiting_.size();) {
            Waiting& waiting = waiting_[i];
            ModelJob& job = jobs_[waiting.job];
            Entry& entry = history_.entries[waiting.entry];
            const bool blocked = job.now().overlap != Overlap::allow && !waiting.retry &&
                                 (!job.running.empty() || retries(waiting.job));
            if (blocked || waiting.not_before > boot_) {
                ++i;
                continue;
            }
            const bool patient = waiting.retry || waiting.in_line;
            if (waiting.for_place && !patient && entry.kind == ExecutionKind::scheduled &&
                job.exists && !in_grace(job, entry.due)) {
                entry.state = EntryState::skipped;
                entry.reason = SkipReason::concurrency;
                entry.ended_at = wall();
                waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
                continue;
            }
            if (running_ >= *history_.concurrency) {
                waiting.for_place = true;
                ++i;
                continue;
            }
            const Waiting next = waiting;
            waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
            start(next.job, next.entry);
        }
    }

    void start(std::size_t index, std::size_t number) {
        Entry& entry = history_.entries[number];
        entry.state = EntryState::started;
        entry.handed_at = wall();
        jobs_[index].running.push_back(number);
        started_[number] = boot_;
        ++running_;
        // Between the commit and the start the process may die.
        if (!chance(dies_soon_ ? 30 : 100)) return;
        attempt(index, number);
    }

    void attempt(std::size_t index, std::size_t number) {
        const Entry& entry = history_.entries[number];
        const JobRevision& revision = jobs_[index].now();
        Witness witness;
        witness.id = entry.id;
        witness.job = entry.job;
        witness.due = entry.due;
        witness.pass = entry.pass;
        witness.kind = entry.kind;
        witness.attempt = entry.attempt;
        witness.started = boot_;
        witness.started_wall = wall();
        history_.witnesses->push_back(witness);
        attempts_[number] = history_.witnesses->size() - 1;
        if (entry.attempt == 1) began_[number] = wall();
        Duration length = between(milliseconds(1), seconds(4));
        if (chance(15)) length = between(seconds(20), minutes(15));
        EntryState state = EntryState::succeeded;
        if (chance(20)) state = EntryState::failed;
        if (revision.timeout && length > *revision.timeout) {
            length = *revision.timeout;
            state = EntryState::timed_out;
        }
        const std::uint32_t made = entry.attempt;
        plan(boot_ + length, [this, index, number, state, made] {
            const Entry& ended = history_.entries[number];
            if (!up_ || ended.state != EntryState::started || ended.attempt != made) return;
            end_run(index, number, state);
            const bool failed = state == EntryState::failed || state == EntryState::timed_out;
            if (failed && made <= retries_of(index, number)) try_again(index, number);
            start_waiting();
        });
    }

    // Unless the next due time comes first.
    void try_again(std::size_t index, std::size_t number) {
        const ModelJob& job = jobs_[index];
        Entry& entry = history_.entries[number];
        if (!job.exists || entry.revision < job.first_revision) return;
        if (!job.now().active && entry.kind == ExecutionKind::scheduled) return;
        const Duration backoff = chance(40) ? seconds(5) : between(seconds(1), minutes(25));
        const bool lost = entry.state == EntryState::lost;
        const auto next = next_run(job, entry.due);
        const bool past_next = next && wall() + backoff >= *next;
        const bool may_pass = !entry.retry_at && chance(20);
        if (!lost && past_next && !may_pass && !past_next_.contains(number)) return;
        if (past_next) past_next_.insert(number);
        entry.state = EntryState::claimed;
        entry.retry_at = wall() + backoff;
        entry.ended_at.reset();
        ++entry.attempt;
        waiting_.push_back({number, index, boot_ + backoff, false, true});
        wake_at(waiting_.back().not_before);
    }

    void wake_at(BootTime at) {
        plan(at, [this] {
            if (up_) start_waiting();
        });
    }

    const JobRevision& revision_of(std::size_t index, std::size_t number) const {
        const auto& all = jobs_[index].revisions;
        return *std::find_if(all.begin(), all.end(), [&](const JobRevision& revision) {
            return revision.revision == history_.entries[number].revision;
        });
    }
    std::uint32_t retries_of(std::size_t index, std::size_t number) const {
        return revision_of(index, number).retries;
    }
    bool reruns(std::size_t index, std::size_t number) const {
        return revision_of(index, number).reruns_lost;
    }

    void end_run(std::size_t index, std::size_t number, EntryState state) {
        Entry& entry = history_.entries[number];
        entry.state = state;
        entry.ended_at = wall();
        Outcome outcome;
        outcome.kind = state == EntryState::succeeded   ? OutcomeKind::succeeded
                       : state == EntryState::failed    ? OutcomeKind::failed
                       : state == EntryState::timed_out ? OutcomeKind::timed_out
                       : state == EntryState::killed    ? OutcomeKind::killed
                                                        : OutcomeKind::lost;
        outcome.duration = boot_ - started_[number];
        if (state != EntryState::lost && began_.contains(number)) {
            entry.started_at = began_[number];
        }
        entry.outcome = outcome;
        std::erase(jobs_[index].running, number);
        --running_;
        const auto seen = attempts_.find(number);
        if (seen != attempts_.end() && state != EntryState::lost) {
            Witness& witness = history_.witnesses->at(seen->second);
            if (!witness.ended) witness.ended = boot_;
        }
    }

    // ---- trouble ----

    BootTime some_time() { return boot_ + between(Duration(0), end_ - boot_); }

    void plan_outages() {
        for (auto count = pick(0, 3); count > 0; --count) {
            const Duration length = chance(30)   ? between(milliseconds(1), seconds(20))
                                    : chance(50) ? between(seconds(20), minutes(30))
                                                 : between(minutes(30), (end_ - boot_) / 3);
            const BootTime from = some_time();
            const auto kind =
                any(std::array{OutageKind::restart, OutageKind::suspend, OutageKind::fault});
            plan(from - milliseconds(5),
                 [this, kind] { dies_soon_ = kind == OutageKind::restart; });
            plan(from, [this, kind, length] { break_down(kind, length); });
        }
    }

    void break_down(OutageKind kind, Duration length) {
        dies_soon_ = false;
        if (!up_) return;
        up_ = false;
        outage_ = {kind, wall(), std::nullopt};
        for (ModelJob& job : jobs_) {
            for (const std::size_t entry : job.running) stranded_.push_back(entry);
        }
        plan(boot_ + length, [this] { come_back(); });
    }

    void come_back() {
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

    void restart() {
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

    // What was missed under the old definition is passed over.
    void supersede(std::size_t index) {
        ModelJob& job = jobs_[index];
        std::vector<WallTime> missed;
        for (auto due = next_slot(job, job.cursor); due && *due < wall();
             due = next_slot(job, *due)) {
            if (!is_run(job, *due)) return;
            missed.push_back(*due);
        }
        row(index, missed, EntryState::skipped, SkipReason::superseded);
        if (!missed.empty()) watermark_ = std::max(watermark_, missed.back());
        drop_waiting(index, SkipReason::superseded);
        accept(index, new_definition(index));
    }

    void plan_steps() {
        for (auto count = pick(1, 2); count > 0; --count) {
            Duration size =
                chance(70) ? between(seconds(3), minutes(90)) : between(hours(4), hours(9));
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

    // Where it was told at once, what was due by then is decided.
    void set_clock(Duration size) {
        if (!up_) return;
        const bool is_told = chance(60);
        if (is_told) decide_all(WallTime::min());
        offset_ += size;
        if (is_told) look_at_clock();
    }

    void look_at_clock() {
        const Duration size = offset_ - known_offset_;
        if (size == Duration{}) return;
        StepNote note;
        note.after = wall();
        note.before = note.after - size;
        known_offset_ = offset_;
        step(size, note);
    }

    // Up to where, at most `until`, nothing is left to be decided.
    WallTime decided_until(WallTime until) const {
        for (const ModelJob& job : jobs_) {
            if (!job.exists || !job.now().active) continue;
            if (const auto due = next_slot(job, job.cursor)) {
                until = std::min(until, *due - Duration(1));
            }
        }
        return until;
    }

    void step(Duration size, StepNote note) {
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
        if (used_is_told_) note.used_until = used_;
        history_.steps.push_back(note);
        note_watermark();
        decide_all(size > Duration(0) && !large ? note.after : WallTime::min());
    }

    void note_watermark() {
        if (watermark_ == WallTime{}) return;
        history_.watermarks.push_back({watermark_, history_.steps.size()});
    }

    // ---- changes by people ----

    void plan_changes() {
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

    void change(std::size_t index, std::int64_t what, bool due_first) {
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

    void resume(std::size_t index) {
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

    // ---- the end ----

    History finish() {
        boot_ = std::max(boot_, end_);
        if (outage_) {
            history_.outages.push_back(*outage_);
        } else if (up_) {
            look_at_clock();
            decide_all(WallTime::min());
        }
        for (const ModelJob& job : jobs_) {
            for (const JobRevision& revision : job.revisions) history_.jobs.push_back(revision);
        }
        if (watermark_ > WallTime{}) history_.watermark = watermark_;
        note_watermark();
        if (!watermarks_are_seen_) history_.watermarks.clear();
        if (chance(70)) history_.now = wall();
        if (options_.retention && chance(35) && history_.watermark) {
            const WallTime first = history_.jobs.front().effective_from;
            const WallTime latest = std::max(first, *history_.watermark);
            forget_before(history_, first + between(Duration{}, latest - first));
        }
        std::shuffle(history_.entries.begin(), history_.entries.end(), random_);
        return std::move(history_);
    }

    std::mt19937_64 random_;
    ModelOptions options_;
    History history_;
    std::vector<ModelJob> jobs_;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    std::uint64_t ids_ = 0;
    std::string zone_;
    int length_class_ = 0;
    BootTime boot_;
    BootTime end_;
    Duration offset_{};        // of the wall clock
    Duration known_offset_{};  // as the scheduler looked at it last
    bool up_ = true;
    bool dies_soon_ = false;
    bool stretches_ = true;
    bool pass_stays_ = false;
    bool used_is_told_ = true;
    bool watermarks_are_seen_ = true;
    std::uint32_t pass_ = 0;
    std::uint32_t whole_pass_ = 0;
    WallTime used_ = WallTime::min();
    WallTime watermark_{};
    std::uint32_t running_ = 0;
    std::vector<Waiting> waiting_;
    std::set<std::size_t> past_next_;  // entries whose attempts the next due time does not end
    std::map<std::size_t, std::size_t> attempts_;  // entry -> its latest witness
    std::map<std::size_t, BootTime> started_;      // entry -> its latest start
    std::map<std::size_t, WallTime> began_;        // entry -> the true start of its first attempt
    std::vector<std::size_t> stranded_;
    std::optional<Outage> outage_;
};

}  // namespace

void forget_before(History& history, WallTime edge) {
    if (history.watermark) edge = std::min(edge, *history.watermark);
    std::erase_if(history.entries, [&](const Entry& entry) {
        const WallTime over = entry.ended_at.value_or(entry.claimed_at);
        return !entry.open() && entry.due < edge && entry.until < edge && over < edge;
    });
    std::erase_if(history.jobs, [&](const JobRevision& revision) {
        if (!revision.effective_to || *revision.effective_to >= edge) return false;
        return std::none_of(history.entries.begin(), history.entries.end(),
                            [&](const Entry& entry) {
                                return entry.due < edge && entry.job == revision.job &&
                                       entry.revision == revision.revision;
                            });
    });
    std::erase_if(history.outages,
                  [&](const Outage& outage) { return outage.to && *outage.to < edge; });
    history.retained_from = edge;
}

History clean_history(std::uint64_t seed, const ModelOptions& options) {
    return Model(seed, options).run();
}

}  // namespace quantum::verify::test
