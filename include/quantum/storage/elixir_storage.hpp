#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum {

/// The storage interface of Quantum for Elixir, for porting adapters: jobs and one date, no ledger.
///
/// Any result other than success stops the scheduler with that reason. Such a store does not know
/// what was in progress when the process ended; due times after the last date are caught up.
///
/// Thread-safety: called by one thread at a time.
class ElixirStorage {
public:
    virtual ~ElixirStorage() = default;

    /// None: there have never been any jobs (or they were purged), and those of the configuration
    /// are used. An empty list: they were deleted, and the configuration is not used.
    [[nodiscard]] virtual Result<std::optional<std::vector<Job>>> jobs() = 0;
    [[nodiscard]] virtual Status add_job(const Job& job) = 0;
    /// By default: deletes and adds.
    [[nodiscard]] virtual Status update_job(const Job& job);
    [[nodiscard]] virtual Status delete_job(std::string_view name) = 0;
    [[nodiscard]] virtual Status update_job_state(std::string_view name, JobState state) = 0;
    /// None: unknown; the scheduler starts from now.
    [[nodiscard]] virtual Result<std::optional<WallTime>> last_execution_date() = 0;
    [[nodiscard]] virtual Status update_last_execution_date(WallTime instant) = 0;
    /// Deletes everything.
    [[nodiscard]] virtual Status purge() = 0;

protected:
    ElixirStorage() = default;
    ElixirStorage(const ElixirStorage&) = default;
    ElixirStorage& operator=(const ElixirStorage&) = default;
};

/// Adapts it to Storage: batches become its eight calls, in order.
///
///     MyAdapter adapter;  // a ElixirStorage
///     ElixirStorageAdapter storage(adapter);
///     Scheduler scheduler({clock, runtime, storage, runner},
///     SchedulerConfig::elixir_compatible());
class ElixirStorageAdapter final : public Storage {
public:
    /// `storage` must outlive it.
    explicit ElixirStorageAdapter(ElixirStorage& storage) : storage_(storage) {}

    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;

private:
    [[nodiscard]] Status apply(const JobChange& change);

    ElixirStorage& storage_;
    std::uint64_t last_batch_ = 0;
};

}  // namespace quantum
