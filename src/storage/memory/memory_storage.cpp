#include "quantum/storage/memory_storage.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "quantum/job.hpp"

#include "storage/attempts.hpp"
#include "storage/id_ending.hpp"
#include "storage/memory/kept_outputs.hpp"
#include "storage/memory/mutant.hpp"
#include "storage/outcome_state.hpp"

namespace quantum {
namespace {

constexpr Duration keys_kept = std::chrono::hours(24);

}  // namespace

MemoryStorage::MemoryStorage(std::size_t keep, std::uint64_t keep_output)
    : keep_(keep), outputs_(std::make_unique<storage::KeptOutputs>(keep_output)) {}

MemoryStorage::~MemoryStorage() = default;

std::unique_ptr<MemoryStorage> MemoryStorage::clone() const {
    auto copy = std::make_unique<MemoryStorage>(keep_);
    const detail::MutexLock lock(mutex_);
    const detail::MutexLock nobody_elses(copy->mutex_);
    copy->holds_jobs_ = holds_jobs_;
    copy->keeps_history_ = keeps_history_;
    copy->jobs_ = jobs_;
    copy->history_ = history_;
    copy->open_ = open_;
    copy->ended_ = ended_;
    copy->keys_ = keys_;
    copy->attempts_ = attempts_;
    *copy->outputs_ = *outputs_;
    copy->watermark_ = watermark_;
    copy->dropped_until_ = dropped_until_;
    copy->steps_ = steps_;
    copy->trigger_keys_ = trigger_keys_;
    copy->last_batch_ = last_batch_;
    return copy;
}

Result<Snapshot> MemoryStorage::load() {
    const detail::MutexLock lock(mutex_);
    Snapshot snapshot;
    if (holds_jobs_) {
        snapshot.jobs.emplace();
        for (const auto& [name, stored] : jobs_) snapshot.jobs->push_back(stored);
    }
    snapshot.watermark = watermark_;
    for (const auto& [id, entry] : open_) snapshot.open.push_back(entry);
    std::sort(snapshot.open.begin(), snapshot.open.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.due, a.id) < std::tie(b.due, b.id);
    });
    for (const Entry& entry : ended_) {
        if (!watermark_ || (mutated(storage::MemoryMutant::decided_above_only)
                                ? std::max(entry.due, entry.until) > *watermark_
                                : std::max(entry.due, entry.until) >= *watermark_)) {
            snapshot.decided.push_back(entry);
        }
    }
    if (!steps_.empty())
        snapshot.step =
            mutated(storage::MemoryMutant::first_step_told) ? steps_.front() : steps_.back();
    snapshot.keys.assign(trigger_keys_.begin(), trigger_keys_.end());
    snapshot.last_batch = last_batch_;
    return snapshot;
}

CommitResult MemoryStorage::commit(const Batch& batch) {
    const detail::MutexLock lock(mutex_);
    if (batch.id == last_batch_ && batch.id != 0 &&
        !mutated(storage::MemoryMutant::batch_applied_twice))
        return {};
    if (auto reason = contradiction(batch)) return {CommitStatus::fatal, std::move(*reason)};
    apply(batch);
    return {};
}

std::optional<std::string> MemoryStorage::contradiction(const Batch& batch) const {
    if (batch.id < last_batch_ && !mutated(storage::MemoryMutant::older_batch_taken)) {
        return "batch " + std::to_string(batch.id) + " comes after batch " +
               std::to_string(last_batch_);
    }
    std::set<Key> new_keys;
    std::unordered_set<ExecutionId> claimed;
    for (const Entry& entry : batch.claims) {
        Key key{entry.due, entry.job, entry.pass, entry.target, entry.kind};
        if ((keys_.contains(key) && !mutated(storage::MemoryMutant::two_entries_for_a_due_time)) ||
            (!new_keys.insert(std::move(key)).second &&
             !mutated(storage::MemoryMutant::twice_within_a_batch))) {
            return "job '" + entry.job + "' has two entries for one due time (" +
                   std::to_string(entry.due.time_since_epoch().count()) + " us)";
        }
        if (entry.open()) claimed.insert(entry.id);
    }
    const auto* const open = &open_;
    const auto is_known = [open, &claimed](const ExecutionId& id) {
        return open->contains(id) || claimed.contains(id);
    };
    for (const Start& start : batch.starts) {
        if (!is_known(start.id)) return "start of unknown entry " + start.id.text();
    }
    std::unordered_set<ExecutionId> ended;
    for (const Finish& finish : batch.finishes) {
        if (!open_.contains(finish.id)) return "end of unknown entry " + finish.id.text();
        if (!ended.insert(finish.id).second) return "two ends of entry " + finish.id.text();
    }
    for (const Skip& skip : batch.skips) {
        if (!is_known(skip.id)) return "skip of unknown entry " + skip.id.text();
        if (!ended.insert(skip.id).second) return "skip of an ended entry " + skip.id.text();
    }
    return std::nullopt;
}

void MemoryStorage::apply(const Batch& batch) {
    for (const JobChange& change : batch.jobs) apply(change);
    steps_.insert(steps_.end(), batch.steps.begin(), batch.steps.end());
    for (const Finish& finish : batch.finishes) apply(finish);
    for (const Entry& entry : batch.claims) {
        keys_.emplace(entry.due, entry.job, entry.pass, entry.target, entry.kind);
        if (!entry.key.empty()) note_key(entry);
        if (entry.open()) {
            open_.emplace(entry.id, entry);
        } else {
            close(entry);
        }
    }
    for (const Start& start : batch.starts) {
        Entry& entry = open_.at(start.id);
        entry.state = EntryState::started;
        entry.handed_at = start.handed_at;
    }
    for (const Skip& skip : batch.skips) {
        Entry entry = std::move(open_.extract(skip.id).mapped());
        entry.state = skip.covered_by ? EntryState::coalesced : EntryState::skipped;
        entry.reason = skip.reason;
        entry.covered_by = skip.covered_by;
        entry.ended_at = skip.ended_at;
        close(std::move(entry));
    }
    if (batch.watermark &&
        !(mutated(storage::MemoryMutant::watermark_never_falls) && watermark_ > batch.watermark))
        watermark_ = batch.watermark;
    last_batch_ = batch.id;
    trim();
}

void MemoryStorage::apply(const Finish& finish) {
    Entry& entry = open_.at(finish.id);
    if (finish.output) outputs_->add(finish.id, finish.attempt, entry.job, *finish.output);
    if (finish.retry_at || finish.attempt > 1) note_attempt(entry, finish);
    entry.outcome = finish.outcome;
    if (finish.attempt == 1 && finish.started_at) entry.started_at = finish.started_at;
    if (finish.retry_at) {
        entry.state = EntryState::claimed;
        entry.attempt =
            finish.attempt + (mutated(storage::MemoryMutant::attempt_not_counted) ? 0 : 1);
        entry.retry_at = finish.retry_at;
        return;
    }
    entry.state = storage::state_of(finish.outcome.kind);
    entry.attempt = finish.attempt;
    entry.ended_at = finish.ended_at;
    close(std::move(open_.extract(finish.id).mapped()));
}

// Where the next attempt is not made after all, the last one comes again, and is known already.
void MemoryStorage::note_attempt(const Entry& entry, const Finish& finish) {
    std::vector<Attempt>& attempts = attempts_[finish.id];
    if (!attempts.empty() && attempts.back().number >= finish.attempt) return;
    const WallTime planned =
        finish.attempt == 1 ? entry.planned() : entry.retry_at.value_or(entry.due);
    attempts.push_back(
        {finish.attempt, planned, finish.started_at, finish.ended_at, finish.outcome});
}

void MemoryStorage::apply(const JobChange& change) {
    holds_jobs_ = true;
    switch (change.kind) {
        case JobChangeKind::added:
        case JobChangeKind::updated:
            jobs_.insert_or_assign(change.name, change.stored);
            break;
        case JobChangeKind::deleted:
            if (!mutated(storage::MemoryMutant::deleted_job_stays)) jobs_.erase(change.name);
            break;
        case JobChangeKind::purged_all:
            jobs_.clear();
            break;
    }
    if (keeps_history_) history_.push_back(change);
}

void MemoryStorage::note_key(const Entry& entry) {
    while (!trigger_keys_.empty() && entry.claimed_at - trigger_keys_.front().at > keys_kept) {
        trigger_keys_.pop_front();
    }
    trigger_keys_.push_back({entry.job, entry.key, entry.id, entry.claimed_at});
}

void MemoryStorage::close(Entry entry) { ended_.push_back(std::move(entry)); }

void MemoryStorage::trim() {
    // What is at or above the watermark says which due times are decided: it is never dropped.
    const auto watermark = watermark_;
    const auto droppable = [watermark](const Entry& entry) {
        return entry.kind == ExecutionKind::manual ||
               (watermark && (std::max(entry.due, entry.until) < *watermark ||
                              mutated(storage::MemoryMutant::drops_above_watermark)));
    };
    while (ended_.size() > keep_ && droppable(ended_.front())) {
        const Entry& oldest = ended_.front();
        const WallTime last = std::max(oldest.due, oldest.until);
        dropped_until_ = std::max(dropped_until_.value_or(last), last);
        keys_.erase(Key{oldest.due, oldest.job, oldest.pass, oldest.target, oldest.kind});
        attempts_.erase(oldest.id);
        outputs_->remove(oldest.id);
        ended_.pop_front();
    }
}

Result<std::vector<Entry>> MemoryStorage::entries(const EntryQuery& query) const {
    const detail::MutexLock lock(mutex_);
    std::vector<Entry> found;
    const auto consider = [&](const Entry& entry) {
        if (query.job && entry.job != *query.job) return;
        if (query.from && entry.due < *query.from) return;
        if (query.until && entry.due >= *query.until) return;
        if (query.state && entry.state != *query.state) return;
        found.push_back(entry);
    };
    for (const Entry& entry : ended_) consider(entry);
    for (const auto& [id, entry] : open_) consider(entry);
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.due, a.pass, a.job, a.id) < std::tie(b.due, b.pass, b.job, b.id);
    });
    if (query.before) {
        const auto cursor = std::find_if(found.begin(), found.end(), [&](const Entry& entry) {
            return entry.id == *query.before;
        });
        if (cursor == found.end()) {
            return fail(ErrorCode::not_found, "no execution " + query.before->text());
        }
        found.erase(cursor, found.end());
    }
    if (found.size() > query.limit) {
        if (mutated(storage::MemoryMutant::limit_keeps_oldest))
            found.resize(query.limit);
        else
            found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.limit));
    }
    return found;
}

Result<Entry> MemoryStorage::entry(std::string_view text) const {
    const auto range = ids_beginning_with(text);
    if (!range) return tl::unexpected(range.error());
    const auto ending = storage::IdEnding::of(text);
    const detail::MutexLock lock(mutex_);
    const Entry* found = nullptr;
    bool several = false;
    const auto consider = [&](const Entry& entry) {
        const bool begins = range->first <= entry.id && entry.id <= range->last;
        if (!begins && !(ending && ending->ends(entry.id))) return;
        several = found != nullptr;
        found = &entry;
    };
    for (const Entry& entry : ended_) consider(entry);
    for (const auto& [id, entry] : open_) consider(entry);
    if (several) return tl::unexpected(storage::several_executions(text));
    if (found == nullptr) return tl::unexpected(storage::no_execution(text));
    return *found;
}

Result<std::vector<Attempt>> MemoryStorage::attempts(const ExecutionId& id) const {
    const auto found = entry(id.text());
    if (!found) return tl::unexpected(found.error());
    const detail::MutexLock lock(mutex_);
    const auto earlier = attempts_.find(id);
    return storage::with_latest_attempt(
        *found, earlier == attempts_.end() ? std::vector<Attempt>{} : earlier->second);
}

Result<CapturedOutput> MemoryStorage::output(const ExecutionId& id,
                                             std::optional<std::uint32_t> attempt) const {
    const detail::MutexLock lock(mutex_);
    if (const CapturedOutput* const output = outputs_->find(id, attempt)) return *output;
    return Ledger::output(id, attempt);
}

Result<LedgerBounds> MemoryStorage::bounds() const {
    const detail::MutexLock lock(mutex_);
    LedgerBounds bounds;
    if (dropped_until_) bounds.from = *dropped_until_ + Duration(1);
    bounds.watermark = watermark_;
    return bounds;
}

std::optional<WallTime> MemoryStorage::watermark() const {
    const detail::MutexLock lock(mutex_);
    return watermark_;
}

std::vector<StepNote> MemoryStorage::steps() const {
    const detail::MutexLock lock(mutex_);
    return steps_;
}

std::vector<JobChange> MemoryStorage::job_history() const {
    const detail::MutexLock lock(mutex_);
    return history_;
}

void MemoryStorage::forget_job_history() {
    const detail::MutexLock lock(mutex_);
    keeps_history_ = false;
    history_.clear();
}

}  // namespace quantum
