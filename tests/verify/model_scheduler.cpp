#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "verify/model.hpp"
#include "verify/times.hpp"

namespace quantum::verify::test {

namespace {

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

}  // namespace

// ---- core ----

History Model::run() {
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

std::int64_t Model::pick(std::int64_t low, std::int64_t high) {
    if (high <= low) return low;
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
}

Duration Model::between(Duration low, Duration high) {
    return Duration(pick(low.count(), high.count()));
}

void Model::plan(BootTime at, std::function<void()> action) {
    events_.push({at, ++order_, std::move(action)});
}

ExecutionId Model::new_id() {
    ExecutionId id;
    ++ids_;
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[15 - i] = static_cast<std::uint8_t>(ids_ >> (8 * i));
    }
    id.bytes[0] = 1;
    return id;
}

// ---- the world ----

void Model::set_up() {
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

Text Model::draw_text() {
    if (length_class_ == 0 && chance(60)) return any(second_texts);
    if (length_class_ <= 1 && chance(60)) return any(minute_texts);
    return any(hour_texts);
}

JobRevision Model::new_definition(std::size_t job) {
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
            schedule.dst.repeat = any(
                std::array{DstRepeat::first, DstRepeat::second, DstRepeat::both, DstRepeat::none});
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

void Model::accept(std::size_t index, JobRevision revision) {
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
        const auto with_rows =
            parse_schedule(text.text, {.dialect = text.dialect, .zone = text.zone, .dst = filled});
        job.with_gap_rows.push_back(with_rows.value().anchored_at(*revision.anchor));
    }
    // Inclusive, unless the old definition has decided this very instant.
    WallTime from = job.last_due == wall() ? wall() : wall() - Duration(1);
    // What was used before the clock was set back stays used for fixed times.
    if (!is_running(revision)) from = std::max(from, used_);
    job.cursor = from;
    job.revisions.push_back(std::move(revision));
}

bool Model::is_running(const ScheduleText& text) {
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

bool Model::is_running(const JobRevision& revision) {
    return is_running(revision.schedules.front());
}

std::optional<WallTime> Model::next_run(const ModelJob& job, WallTime after) const {
    std::optional<WallTime> next;
    for (const Schedule& schedule : job.schedules) {
        const auto due = schedule.next(after);
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

std::optional<WallTime> Model::next_slot(const ModelJob& job, WallTime after) const {
    std::optional<WallTime> next = next_run(job, after);
    for (const Schedule& schedule : job.with_gap_rows) {
        const auto due = schedule.next(after);
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

bool Model::is_run(const ModelJob& job, WallTime due) const {
    return next_run(job, due - Duration(1)) == due;
}

// ---- the end ----

History Model::finish() {
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
