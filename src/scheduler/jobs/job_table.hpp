#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

#include "base/flat_index.hpp"
#include "base/pages.hpp"
#include "scheduler/common/job_handle.hpp"

namespace quantum::scheduler {

/// A job as known to JobBroadcaster.
struct JobRow {
    enum class State : std::uint8_t { free, active, inactive, deleted };

    JobRef job;
    WallTime since;  ///< when the definition, or the deletion, took effect
    std::uint32_t revision = 0;
    std::uint8_t generation = 0;
    State state = State::free;
    bool unbound = false;  ///< its function is missing

    [[nodiscard]] bool exists() const { return state == State::active || state == State::inactive; }
};

/// All jobs by name, each at an index that is not reused while anything refers to it.
///
/// There are at most `most_job_indexes` of them: a handle has 24 bits for the index, and one more
/// job would share the handle of another. `room` returns how many more there may be.
///
/// Changes can be undone until `keep`, because storing them may fail. Outlives every stage; used
/// only on JobBroadcaster's turns.
class JobTable {
public:
    /// Tests use a smaller limit.
    explicit JobTable(std::uint32_t most_indexes = most_job_indexes)
        : most_indexes_(most_indexes) {}

    /// The index of a job that exists.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
    [[nodiscard]] const JobRow& row(std::uint32_t index) const { return rows_[index]; }
    [[nodiscard]] JobHandle handle_of(std::uint32_t index) const {
        return make_handle(index, rows_[index].generation);
    }
    /// The number of indexes ever used; some rows are free or deleted.
    [[nodiscard]] std::size_t indexes() const { return rows_.size(); }
    [[nodiscard]] std::size_t size() const { return jobs_; }

    /// Whether this name has an index already: it is a job's, or that of a deleted job that
    /// something still refers to.
    [[nodiscard]] bool has_index(std::string_view name) const;
    /// How many new names there is room for.
    [[nodiscard]] std::size_t room() const;
    /// The most jobs there can be at once.
    [[nodiscard]] std::size_t capacity() const { return most_indexes_ - 1; }

    /// Prepares for this many additional jobs.
    void reserve(std::size_t more);
    /// Adds a job or replaces the one with its name. A new name needs `room`.
    std::uint32_t put(JobRef job, WallTime since, bool unbound = false);
    /// Gives an unbound job its function: `job` is the same definition. No new revision.
    void bind(std::uint32_t index, JobRef job);
    /// Adds a job as it was stored, with its revision.
    void load(const StoredJob& stored, bool unbound = false);
    void remove(std::uint32_t index, WallTime since);
    /// A name like "job-7" that is not used.
    [[nodiscard]] std::string unused_name();

    void keep() { std::vector<Undo>().swap(undo_); }  // releases its memory too
    void undo();

    /// Nothing refers to the deleted job any more: frees its index.
    void release(JobHandle handle);

private:
    struct NameHash {
        std::uint64_t operator()(std::string_view name) const;
    };
    struct Undo {
        std::uint32_t index;
        JobRow row;
        bool is_new;  // the change entered the name
    };

    void set(std::uint32_t index, JobRow row);
    void forget_name(std::uint32_t index);

    static_assert(most_job_indexes <= base::FlatIndex<std::string_view, NameHash>::most_numbers);

    const std::uint32_t most_indexes_;
    base::Pages<JobRow> rows_{1};  // the first is `orphans_index`, no job's
    std::vector<std::uint32_t> free_;
    base::FlatIndex<std::string_view, NameHash> names_;
    std::size_t jobs_ = 0;
    std::uint64_t unnamed_ = 0;
    std::vector<Undo> undo_;
};

}  // namespace quantum::scheduler
