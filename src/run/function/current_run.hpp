#pragma once

#include <utility>

#include "quantum/execution.hpp"

namespace quantum {
class RunObserver;
}  // namespace quantum

namespace quantum::run {

/// Marks the run whose function this thread is in, for a scope: a function that asks for what would
/// have to wait for its own end can be told apart.
class CurrentRun {
public:
    /// Both must outlive it.
    CurrentRun(const RunObserver& observer, const ExecutionId& id)
        : observer_(observer), id_(id), around_(std::exchange(innermost, this)) {}
    ~CurrentRun() { innermost = around_; }
    CurrentRun(const CurrentRun&) = delete;
    CurrentRun& operator=(const CurrentRun&) = delete;

    /// The run that this thread is in, of those that report to `observer`. Null: none.
    [[nodiscard]] static const ExecutionId* of(const RunObserver& observer) {
        for (const CurrentRun* run = innermost; run != nullptr; run = run->around_) {
            if (&run->observer_ == &observer) return &run->id_;
        }
        return nullptr;
    }

private:
    static inline constinit thread_local const CurrentRun* innermost = nullptr;

    const RunObserver& observer_;
    const ExecutionId& id_;
    const CurrentRun* const around_;
};

}  // namespace quantum::run
