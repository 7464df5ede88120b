#include "daemon/stored_pauses.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/sqlite.hpp"

#include "daemon/mutant.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/executions/execution_ids.hpp"
#include "scheduler/jobs/file_audit.hpp"
#include "zone/data_version.hpp"

namespace quantum::daemon {
namespace {

// With the boot that is noted there: whether this is the first start since is for the daemon to
// see.
Result<std::unique_ptr<SqliteStorage>> open_storage(const std::filesystem::path& directory) {
    std::string boot;
    {
        const auto storage = SqliteStorage::open(directory);
        if (!storage) return tl::unexpected(storage.error());
        boot = (*storage)->earlier_boot();
    }
    return SqliteStorage::open(directory,
                               {.boot = mutated(DaemonMutant::stored_pause_is_a_boot) ? "" : boot});
}

/// Makes the batch of one request.
class PauseBatch {
public:
    PauseBatch(const Snapshot& snapshot, const scheduler::SetPauses& request, WallTime now)
        : snapshot_(snapshot), request_(request), now_(now) {
        batch_.id = snapshot.last_batch + 1;
    }

    [[nodiscard]] Status add(const std::string& name) {
        const std::vector<StoredJob>& jobs = *snapshot_.jobs;
        const auto found = std::find_if(jobs.begin(), jobs.end(), [&name](const StoredJob& one) {
            return one.job->name() == name;
        });
        if (found == jobs.end()) return fail(ErrorCode::not_found, "no job '" + name + "'");
        const Job& job = *found->job;
        const bool has_pause = job.pause().has_value();
        const WallTime end =
            has_pause ? job.pause()->until.value_or(WallTime::max()) : WallTime::min();
        const bool is_paused = end > now_;
        if (!request_.pause && !is_paused) return {};
        // One that ended while a daemon ran has had its row then.
        const bool has_row = has_pause && snapshot_.watermark && *snapshot_.watermark >= end;
        if (has_pause && !has_row && !mutated(DaemonMutant::stored_resume_skips_nothing)) {
            add_skipped(*found, std::min(now_, end));
        }
        Job changed = job;
        changed.set_pause(request_.pause);
        std::string note = request_.pause ? "paused" : "resumed";
        if (!request_.note.empty()) note += ": " + request_.note;
        // What nobody has decided yet belongs to the pause, from its first instant on.
        WallTime from = now_;
        if (!is_paused && snapshot_.watermark) {
            from = std::max(*snapshot_.watermark + Duration(1), end);
        }
        batch_.jobs.push_back(
            {JobChangeKind::updated,
             name,
             {JobRef(std::move(changed)), found->revision + 1,
              std::max(from, found->effective_from), std::move(note), zone::data_version()}});
        return {};
    }

    [[nodiscard]] std::size_t changed() const { return batch_.jobs.size(); }

    [[nodiscard]] Batch finish() {
        const std::vector<std::string>& names = request_.names;
        const bool is_one = names.size() == 1;
        batch_.audit.push_back(
            {now_, request_.actor, request_.pause ? "pause" : "resume",
             is_one ? names.front() : std::string(),
             is_one ? request_.note : scheduler::list_of_jobs(names, request_.note)});
        return std::move(batch_);
    }

private:
    /// The due times that the pause has held back before `end`, in one row.
    void add_skipped(const StoredJob& stored, WallTime end) {
        const Job& job = *stored.job;
        if (!job.schedule() || job.state() != JobState::active) return;
        const auto range = scheduler::skipped_between(*job.schedule(), first_undecided(stored),
                                                      end - Duration(1), SkipReason::paused);
        if (!range) return;
        Entry entry;
        entry.id = ids_.next(now_);
        entry.job = job.name();
        entry.revision = stored.revision;
        entry.due = range->from;
        entry.until = range->until;
        entry.count = range->count;
        entry.state = EntryState::skipped;
        entry.reason = SkipReason::paused;
        entry.claimed_at = now_;
        entry.ended_at = now_;
        batch_.claims.push_back(std::move(entry));
    }

    [[nodiscard]] WallTime first_undecided(const StoredJob& stored) const {
        WallTime first = stored.effective_from;
        for (const std::vector<Entry>* entries : {&snapshot_.open, &snapshot_.decided}) {
            for (const Entry& entry : *entries) {
                if (entry.job != stored.job->name()) continue;
                first = std::max({first, entry.due + Duration(1), entry.until + Duration(1)});
            }
        }
        return first;
    }

    const Snapshot& snapshot_;
    const scheduler::SetPauses& request_;
    const WallTime now_;
    scheduler::ExecutionIds ids_{std::nullopt};
    Batch batch_;
};

}  // namespace

Result<std::size_t> set_stored_pauses(const std::filesystem::path& directory,
                                      const scheduler::SetPauses& request, WallTime now) {
    const auto storage = open_storage(directory);
    if (!storage) return tl::unexpected(storage.error());
    const auto snapshot = (*storage)->load();
    if (!snapshot) return tl::unexpected(snapshot.error());
    if (!snapshot->jobs)
        return fail(ErrorCode::not_found, "no job '" + request.names.front() + "'");
    PauseBatch batch(*snapshot, request, now);
    for (const std::string& name : request.names) {
        if (Status added = batch.add(name); !added) return tl::unexpected(std::move(added).error());
    }
    const std::size_t changed = batch.changed();
    if (changed == 0) return changed;
    const CommitResult stored = (*storage)->commit(batch.finish());
    if (stored.status != CommitStatus::done) {
        return fail(ErrorCode::io_error, "the change was not stored: " + stored.reason);
    }
    return changed;
}

}  // namespace quantum::daemon
