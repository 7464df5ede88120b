#include "quantum/storage/elixir_storage.hpp"

#include <cstdint>
#include <utility>

namespace quantum {

Status ElixirStorage::update_job(const Job& job) {
    if (Status deleted = delete_job(job.name()); !deleted) return deleted;
    return add_job(job);
}

Result<Snapshot> ElixirStorageAdapter::load() {
    auto jobs = storage_.jobs();
    if (!jobs) return tl::unexpected(std::move(jobs).error());
    auto date = storage_.last_execution_date();
    if (!date) return tl::unexpected(std::move(date).error());
    Snapshot snapshot;
    snapshot.watermark = *date;
    snapshot.last_batch = last_batch_;
    if (!*jobs) return snapshot;
    snapshot.jobs.emplace();
    for (Job& job : **jobs) {
        // Since when it counts is not known to such a store.
        snapshot.jobs->push_back({std::move(job), 1, WallTime{}});
    }
    return snapshot;
}

CommitResult ElixirStorageAdapter::commit(const Batch& batch) {
    if (batch.id != 0 && batch.id == last_batch_) return {};
    for (const JobChange& change : batch.jobs) {
        if (Status applied = apply(change); !applied) {
            return {CommitStatus::fatal, std::move(applied).error().message};
        }
    }
    if (batch.watermark) {
        if (Status updated = storage_.update_last_execution_date(*batch.watermark); !updated) {
            return {CommitStatus::fatal, std::move(updated).error().message};
        }
    }
    last_batch_ = batch.id;
    return {};
}

Status ElixirStorageAdapter::apply(const JobChange& change) {
    switch (change.kind) {
        case JobChangeKind::added:
            return storage_.add_job(*change.stored.job);
        case JobChangeKind::updated:
            if (change.only_state) {
                return storage_.update_job_state(change.name, change.stored.job->state());
            }
            return storage_.update_job(*change.stored.job);
        case JobChangeKind::deleted:
            return storage_.delete_job(change.name);
        case JobChangeKind::purged_all:
            return storage_.purge();
    }
    return {};
}

}  // namespace quantum
