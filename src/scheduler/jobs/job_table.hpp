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

/// A job as JobBroadcaster knows it.
struct JobRow {
    enum class State : std::uint8_t { free, active, inactive, deleted };

    JobRef job;
    WallTime since;  ///< of the definition, or of the deletion
    std::uint32_t revision = 0;
    std::uint8_t generation = 0;
    State state = State::free;

    [[nodiscard]] bool exists() const { return state == State::active || state == State::inactive; }
};

/// All jobs by name, each at an index that stays its own while anything refers to it.
///
/// Changes can be undone until `keep`: storing them may fail. Outlives every stage; touched only on
/// JobBroadcaster's turns.
class JobTable {
public:
    /// The index of a job that exists.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
    [[nodiscard]] const JobRow& row(std::uint32_t index) const { return rows_[index]; }
    [[nodiscard]] JobHandle handle_of(std::uint32_t index) const {
        return make_handle(index, rows_[index].generation);
    }
    /// Indexes ever used; some rows are free or deleted.
    [[nodiscard]] std::size_t indexes() const { return rows_.size(); }
    [[nodiscard]] std::size_t size() const { return jobs_; }

    /// Makes room for so many more jobs.
    void reserve(std::size_t more);
    /// Adds a job or replaces the one of its name.
    std::uint32_t put(JobRef job, WallTime since);
    /// As it was stored: with its revision.
    void load(const StoredJob& stored);
    void remove(std::uint32_t index, WallTime since);
    /// A name like "job-7" that no job has.
    [[nodiscard]] std::string unused_name();

    void keep() { std::vector<Undo>().swap(undo_); }  // gives its memory back too
    void undo();

    /// Nothing refers to the deleted job any more: its index is free.
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

    Pages<JobRow> rows_{1};  // the first is `orphans_index`, no job's
    std::vector<std::uint32_t> free_;
    FlatIndex<std::string_view, NameHash> names_;
    std::size_t jobs_ = 0;
    std::uint64_t unnamed_ = 0;
    std::vector<Undo> undo_;
};

}  // namespace quantum::scheduler
