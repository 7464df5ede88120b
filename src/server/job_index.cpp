#include "server/job_index.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"

#include "config/job_diff.hpp"
#include "model/job_parts.hpp"
#include "model/packed_command.hpp"
#include "server/name_distance.hpp"

namespace quantum::server {
namespace {

constexpr std::string_view signs = ".+-!";

std::int64_t hour_of(WallTime time) {
    return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

char worse(char a, char b) { return signs.find(a) >= signs.find(b) ? a : b; }

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

template <class Value>
bool is_one_of(const std::vector<std::string>& words, const Value& value) {
    return std::find(words.begin(), words.end(), value) != words.end();
}

bool has_in_command(const Job& job, std::string_view part) {
    const auto command = model::CommandView::of(job.task());
    if (!command) return false;
    const std::vector<std::string> words = command->argv();
    return std::any_of(words.begin(), words.end(),
                       [part](const std::string& word) { return contains(word, part); });
}

bool comes_from(const Job& job, std::string_view source) {
    if (source == "api") return !config::is_of_file(job);
    return config::source_file(job) == source;
}

std::string_view outcome_of(const IndexedJob& job) {
    if (!job.activity || !job.activity->last) return "none";
    return to_string(job.activity->last->outcome);
}

}  // namespace

std::string_view to_string(JobCondition condition) {
    switch (condition) {
        case JobCondition::active:
            return "active";
        case JobCondition::inactive:
            return "inactive";
        case JobCondition::finished:
            return "finished";
        case JobCondition::paused:
            return "paused";
    }
    return "active";
}

std::optional<JobOrder> job_order_named(std::string_view word) {
    constexpr std::array<std::string_view, 5> words{"name", "next", "last", "failures", "p95"};
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<JobOrder>(found - words.begin());
}

void Samples::add(Duration value) {
    seconds_.at(next_) = std::chrono::duration<float>(value).count();
    next_ = static_cast<std::uint8_t>((next_ + 1) % most);
    if (count_ < most) ++count_;
}

Duration Samples::percentile(unsigned percent) const {
    std::vector<float> sorted(seconds_.begin(), seconds_.begin() + count_);
    std::sort(sorted.begin(), sorted.end());
    const std::size_t place = (sorted.size() * percent + 99) / 100;
    const float seconds = sorted.at(place == 0 ? 0 : place - 1);
    return std::chrono::duration_cast<Duration>(std::chrono::duration<float>(seconds));
}

void JobActivity::mark(WallTime time, char sign) {
    const std::int64_t hour = hour_of(time);
    if (strip_hour == 0) {
        strip.fill('.');
        strip_hour = hour;
    }
    if (hour > strip_hour) {
        const auto shift = static_cast<std::size_t>(
            std::min<std::int64_t>(hour - strip_hour, static_cast<std::int64_t>(hours)));
        std::move(strip.begin() + static_cast<std::ptrdiff_t>(shift), strip.end(), strip.begin());
        std::fill(strip.end() - static_cast<std::ptrdiff_t>(shift), strip.end(), '.');
        strip_hour = hour;
    }
    const std::int64_t back = strip_hour - hour;
    if (back >= static_cast<std::int64_t>(hours)) return;
    char& slot = strip.at(hours - 1 - static_cast<std::size_t>(back));
    slot = worse(slot, sign);
}

std::string JobActivity::strip_at(WallTime now) const {
    if (strip_hour == 0) return std::string(hours, '.');
    const std::int64_t shift =
        std::clamp<std::int64_t>(hour_of(now) - strip_hour, 0, static_cast<std::int64_t>(hours));
    std::string text(strip.begin() + shift, strip.end());
    text.append(static_cast<std::size_t>(shift), '.');
    return text;
}

std::span<const KnownRun> IndexedJob::running() const {
    return activity ? std::span<const KnownRun>(activity->running) : std::span<const KnownRun>();
}

void JobIndex::replace(std::vector<StoredJob> jobs) {
    std::vector<IndexedJob> old = std::exchange(jobs_, {});
    const auto old_places = std::exchange(places_, {});
    jobs_.reserve(jobs.size());
    places_.reserve(jobs.size());
    for (StoredJob& stored : jobs) {
        IndexedJob& job = jobs_.emplace_back();
        job.ref = std::move(stored.job);
        job.revision = stored.revision;
        job.effective_from = stored.effective_from;
        const auto known = old_places.find(job.job().name());
        if (known != old_places.end()) job.activity = std::move(old[known->second].activity);
        places_.emplace(job.job().name(), jobs_.size() - 1);
    }
}

void JobIndex::put(const StoredJob& stored) {
    const auto known = places_.find(stored.job->name());
    std::size_t place = jobs_.size();
    if (known == places_.end()) {
        jobs_.emplace_back();
    } else {
        place = known->second;
        // Told before the whole table was asked for.
        if (stored.revision < jobs_[place].revision) return;
        places_.erase(known);  // its key is the old definition's
    }
    IndexedJob& job = jobs_[place];
    job.ref = stored.job;
    job.revision = stored.revision;
    job.effective_from = stored.effective_from;
    job.next_of = {};
    places_.emplace(job.job().name(), place);
}

void JobIndex::remove(std::string_view name) {
    const auto known = places_.find(name);
    if (known == places_.end()) return;
    const std::size_t place = known->second;
    places_.erase(known);
    if (place + 1 != jobs_.size()) {
        places_.erase(jobs_.back().job().name());
        jobs_[place] = std::move(jobs_.back());
        places_.emplace(jobs_[place].job().name(), place);
    }
    jobs_.pop_back();
}

JobActivity& JobIndex::activity_of(IndexedJob& job) {
    if (!job.activity) job.activity = std::make_unique<JobActivity>();
    return *job.activity;
}

void JobIndex::take(const FeedEvent& event) {
    if (event.kind == TelemetryKind::job_add || event.kind == TelemetryKind::job_update) {
        if (event.stored) put(*event.stored);
        return;
    }
    if (event.kind == TelemetryKind::job_delete) return remove(event.job);
    const auto known = places_.find(event.job);
    if (known == places_.end()) return;
    IndexedJob& job = jobs_[known->second];
    if (event.kind == TelemetryKind::job_start && event.id) {
        std::vector<KnownRun>& running = activity_of(job).running;
        std::erase_if(running, [&](const KnownRun& run) { return run.id == *event.id; });
        running.push_back({*event.id, event.started_at, event.pid});
    } else if (event.kind == TelemetryKind::job_stop ||
               event.kind == TelemetryKind::job_exception) {
        ended(job, event);
    } else if (event.kind == TelemetryKind::job_skip) {
        activity_of(job).mark(event.time, '-');
    }
}

void JobIndex::ended(IndexedJob& job, const FeedEvent& event) {
    if (!event.id || !event.outcome) return;
    const Outcome& outcome = *event.outcome;
    const bool is_good = outcome.kind == OutcomeKind::succeeded;
    JobActivity& activity = activity_of(job);
    std::erase_if(activity.running, [&](const KnownRun& run) { return run.id == *event.id; });
    activity.mark(event.time, is_good ? '+' : '!');
    activity.failures = is_good ? 0 : activity.failures + 1;
    activity.last = LastEnd{*event.id,    event.due,         event.time,    outcome.duration,
                            outcome.kind, outcome.exit_code, outcome.signal};
    if (!event.started_at) return;
    activity.durations.add(outcome.duration);
    activity.latenesses.add(event.lateness);
}

void JobIndex::take_past(std::span<const Entry> entries) {
    for (const Entry& entry : entries) {
        const auto known = places_.find(entry.job);
        if (known != places_.end()) take_past(jobs_[known->second], entry);
    }
}

void JobIndex::take_past(IndexedJob& job, const Entry& entry) {
    if (entry.state == EntryState::claimed) return;
    JobActivity& activity = activity_of(job);
    if (entry.state == EntryState::started) {
        const auto is_it = [&](const KnownRun& run) { return run.id == entry.id; };
        if (std::none_of(activity.running.begin(), activity.running.end(), is_it)) {
            activity.running.push_back({entry.id, entry.started_at, 0});
        }
        return;
    }
    const bool is_good =
        entry.state == EntryState::succeeded || entry.state == EntryState::coalesced;
    activity.mark(entry.due, !entry.outcome ? '-' : is_good ? '+' : '!');
    if (!entry.outcome || !entry.ended_at) return;
    // What has ended since is newer.
    if (activity.last && activity.last->ended_at >= *entry.ended_at) return;
    const Outcome& outcome = *entry.outcome;
    activity.failures = is_good ? 0 : activity.failures + 1;
    activity.last = LastEnd{entry.id,     entry.due,         *entry.ended_at, outcome.duration,
                            outcome.kind, outcome.exit_code, outcome.signal};
    if (!entry.started_at) return;
    activity.durations.add(outcome.duration);
    activity.latenesses.add(*entry.lateness());
}

const IndexedJob* JobIndex::find(std::string_view name) const {
    const auto known = places_.find(name);
    return known == places_.end() ? nullptr : &jobs_[known->second];
}

JobCondition JobIndex::condition_of(const Job& job, WallTime now) {
    if (job.state() == JobState::finished) return JobCondition::finished;
    if (job.pause() && (!job.pause()->until || *job.pause()->until > now)) {
        return JobCondition::paused;
    }
    return job.state() == JobState::active ? JobCondition::active : JobCondition::inactive;
}

std::string_view JobIndex::alarm_of(const IndexedJob& job) {
    return job.activity && job.activity->failures > 0 ? "failing" : "";
}

std::optional<WallTime> JobIndex::next_due(const IndexedJob& indexed, WallTime now) {
    const Job& job = indexed.job();
    if (!job.schedule() || job.state() != JobState::active) return std::nullopt;
    WallTime from = now;
    if (job.pause()) {
        if (!job.pause()->until) return std::nullopt;
        from = std::max(now, *job.pause()->until - Duration(1));
    }
    const bool is_known =
        indexed.next_of != WallTime{} && indexed.next_of <= from && indexed.next > from;
    if (!is_known) {
        indexed.next = job.schedule()->next(from).value_or(WallTime::max());
        indexed.next_of = from;
    }
    if (indexed.next == WallTime::max()) return std::nullopt;
    return indexed.next;
}

bool JobIndex::passes(const IndexedJob& indexed, const JobFilter& filter, WallTime now) {
    const Job& job = indexed.job();
    if (!job.name().starts_with(filter.prefix)) return false;
    if (!filter.part.empty() && !contains(job.name(), filter.part) &&
        !has_in_command(job, filter.part)) {
        return false;
    }
    for (const std::string& tag : filter.tags) {
        if (!is_one_of(job.tags(), tag)) return false;
    }
    if (!filter.source.empty() && !comes_from(job, filter.source)) return false;
    if (!filter.conditions.empty() &&
        std::find(filter.conditions.begin(), filter.conditions.end(), condition_of(job, now)) ==
            filter.conditions.end()) {
        return false;
    }
    if (!filter.outcomes.empty() && !is_one_of(filter.outcomes, outcome_of(indexed))) return false;
    if (!filter.alarms.empty() && !is_one_of(filter.alarms, alarm_of(indexed))) return false;
    if (!filter.due_before) return true;
    const auto next = next_due(indexed, now);
    return next && *next < *filter.due_before;
}

std::vector<const IndexedJob*> JobIndex::select(const JobFilter& filter, JobOrder order,
                                                WallTime now) const {
    std::vector<const IndexedJob*> found;
    for (const IndexedJob& job : jobs_) {
        if (passes(job, filter, now)) found.push_back(&job);
    }
    const auto by_name = [](const IndexedJob* a, const IndexedJob* b) {
        return a->job().name() < b->job().name();
    };
    if (order == JobOrder::name) {
        std::sort(found.begin(), found.end(), by_name);
        return found;
    }
    // What has no value comes last.
    const auto rank = [order, now](const IndexedJob* job) {
        constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
        const JobActivity* const activity = job->activity.get();
        switch (order) {
            case JobOrder::next: {
                const auto next = next_due(*job, now);
                return next ? next->time_since_epoch().count() : last;
            }
            case JobOrder::last:
                return activity != nullptr && activity->last
                           ? -activity->last->ended_at.time_since_epoch().count()
                           : last;
            case JobOrder::failures:
                return activity != nullptr ? -std::int64_t{activity->failures} : last;
            case JobOrder::p95:
                return activity != nullptr && !activity->durations.empty()
                           ? -activity->durations.percentile(95).count()
                           : last;
            case JobOrder::name:
                break;
        }
        return last;
    };
    std::vector<std::pair<std::int64_t, const IndexedJob*>> ranked;
    ranked.reserve(found.size());
    for (const IndexedJob* job : found) ranked.emplace_back(rank(job), job);
    std::sort(ranked.begin(), ranked.end(), [&by_name](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : by_name(a.second, b.second);
    });
    std::transform(ranked.begin(), ranked.end(), found.begin(),
                   [](const auto& one) { return one.second; });
    return found;
}

std::vector<std::string> JobIndex::nearest(std::string_view name, std::size_t most) const {
    NearestNames names(name, most);
    for (const IndexedJob& job : jobs_) names.look_at(job.job().name());
    return names.take();
}

JobIndex::Counts JobIndex::counts(WallTime now) const {
    Counts counts;
    counts.jobs = jobs_.size();
    for (const IndexedJob& job : jobs_) {
        const JobCondition condition = condition_of(job.job(), now);
        if (condition == JobCondition::paused) ++counts.paused;
        if (condition == JobCondition::inactive) ++counts.inactive;
        counts.running += job.running().size();
        if (alarm_of(job) == "failing") ++counts.failing;
    }
    return counts;
}

const IndexedJob* JobIndex::due_first(WallTime now) const {
    const IndexedJob* first = nullptr;
    std::optional<WallTime> earliest;
    for (const IndexedJob& job : jobs_) {
        const auto next = next_due(job, now);
        if (next && (!earliest || *next < *earliest)) {
            earliest = next;
            first = &job;
        }
    }
    return first;
}

}  // namespace quantum::server
