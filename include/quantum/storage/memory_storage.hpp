#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "quantum/detail/mutex.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::storage {
class KeptOutputs;
}  // namespace quantum::storage

namespace quantum {

/// The reference adapter: keeps jobs and the ledger as long as the object exists. If the next
/// scheduler uses the same object, it continues where the last one stopped.
///
/// Keeps every open entry, every entry at or above the watermark, and the newest `keep` ended ones.
/// Those that ended first are dropped first, so that whatever justifies an entry (the run because
/// of which it was skipped, the one that covers it) is kept as long as the entry. `bounds` returns
/// the due time since which nothing has been dropped. Captured output is kept as long as its entry,
/// and up to `keep_output` bytes in total: the oldest is dropped first, and a single job keeps at
/// most a quarter. Revisions, steps of the clock and audit notes are not kept for queries.
///
/// Thread-safety: every method may be called from any thread.
class MemoryStorage final : public Storage, public Ledger {
public:
    static constexpr std::size_t default_keep = 10'000;

    static constexpr std::uint64_t default_keep_output = std::uint64_t{64} * 1024 * 1024;

    explicit MemoryStorage(std::size_t keep = default_keep,
                           std::uint64_t keep_output = default_keep_output);
    ~MemoryStorage() override;

    /// A second store with the same contents: what would be on disk if the process died now.
    [[nodiscard]] std::unique_ptr<MemoryStorage> clone() const;

    [[nodiscard]] Result<Snapshot> load() override;
    [[nodiscard]] CommitResult commit(const Batch& batch) override;
    [[nodiscard]] Result<std::vector<Entry>> entries(const EntryQuery& query) const override;
    [[nodiscard]] Result<Entry> entry(std::string_view text) const override;
    [[nodiscard]] Result<std::vector<Attempt>> attempts(const ExecutionId& id) const override;

    [[nodiscard]] Result<CapturedOutput> output(
        const ExecutionId& id, std::optional<std::uint32_t> attempt = std::nullopt) const override;

    [[nodiscard]] Result<LedgerBounds> bounds() const override;

    [[nodiscard]] std::optional<WallTime> watermark() const;
    [[nodiscard]] std::vector<StepNote> steps() const;
    /// Every revision of every job, in the order they were stored.
    [[nodiscard]] std::vector<JobChange> job_history() const;
    /// Stops keeping a history of definitions, which would otherwise grow with every change.
    void forget_job_history();

private:
    using Key = std::tuple<WallTime, std::string, std::uint32_t, std::string, ExecutionKind>;

    [[nodiscard]] std::optional<std::string> contradiction(const Batch& batch) const
        QUANTUM_REQUIRES(mutex_);
    void apply(const Batch& batch) QUANTUM_REQUIRES(mutex_);
    void apply(const JobChange& change) QUANTUM_REQUIRES(mutex_);
    void apply(const Finish& finish) QUANTUM_REQUIRES(mutex_);
    void note_attempt(const Entry& entry, const Finish& finish) QUANTUM_REQUIRES(mutex_);
    void note_key(const Entry& entry) QUANTUM_REQUIRES(mutex_);
    void close(Entry entry) QUANTUM_REQUIRES(mutex_);
    void trim() QUANTUM_REQUIRES(mutex_);

    const std::size_t keep_;
    mutable detail::Mutex mutex_;  // a leaf: no other lock is taken while it is held
    bool holds_jobs_ QUANTUM_GUARDED_BY(mutex_) = false;
    bool keeps_history_ QUANTUM_GUARDED_BY(mutex_) = true;
    std::map<std::string, StoredJob> jobs_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<JobChange> history_ QUANTUM_GUARDED_BY(mutex_);
    std::unordered_map<ExecutionId, Entry> open_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<Entry> ended_ QUANTUM_GUARDED_BY(mutex_);  // in the order in which they ended
    std::set<Key> keys_ QUANTUM_GUARDED_BY(mutex_);       // keys of open_ and ended_
    /// Attempts of executions that were retried.
    std::unordered_map<ExecutionId, std::vector<Attempt>> attempts_ QUANTUM_GUARDED_BY(mutex_);
    std::unique_ptr<storage::KeptOutputs> outputs_ QUANTUM_GUARDED_BY(mutex_);
    std::optional<WallTime> watermark_ QUANTUM_GUARDED_BY(mutex_);
    std::optional<WallTime> dropped_until_
        QUANTUM_GUARDED_BY(mutex_);  // the latest due time of a dropped entry
    std::vector<StepNote> steps_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<TriggerKey> trigger_keys_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t last_batch_ QUANTUM_GUARDED_BY(mutex_) = 0;
};

}  // namespace quantum
