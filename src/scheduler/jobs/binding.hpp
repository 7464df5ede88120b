#pragma once

#include <string>

#include "quantum/job.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/storage/storage.hpp"

// How stored jobs get back what no storage can keep: their functions. Until then they are
// *unbound*, and what is due waits: see docs/reference/durable-schedules.md.
namespace quantum::scheduler {

/// Knows which jobs are unbound. Thread-safety: that of the runner.
class Binding {
public:
    /// The runner knows its handlers. Null: none is missing.
    explicit Binding(const Runner* runner = nullptr) : runner_(runner) {}

    [[nodiscard]] bool is_unbound(const Job& job) const;
    [[nodiscard]] bool is_unbound(const StoredJob& stored) const {
        return stored.lacks_schedule || stored.lacks_run_strategy || is_unbound(*stored.job);
    }

private:
    const Runner* runner_;
};

/// What an unbound job waits for, for people.
[[nodiscard]] std::string why_unbound(const Job& job);

/// `job` with the task of `given`.
[[nodiscard]] Job with_task_of(const Job& job, const Job& given);

/// True if adding `job` changes nothing about `before`. A function never equals another.
[[nodiscard]] bool is_unchanged(const Job& job, const Job& before);

/// True if adding `job` only gives `before`, which has no task, a function: what could be stored
/// would be a change.
[[nodiscard]] bool only_binds(const Job& job, const Job& before);

/// True if the storage could not keep all of it.
[[nodiscard]] bool lacks_something(const StoredJob& stored);

/// Gives a stored job what its storage could not keep, as far as `given`, the program's job of that
/// name, has it.
void give_back(StoredJob& stored, const Job& given);

}  // namespace quantum::scheduler
