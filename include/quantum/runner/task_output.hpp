#pragma once

#include <memory>
#include <string_view>

#include "quantum/execution.hpp"

namespace quantum {

/// The output of a run that is not a process of its own: bytes from the task, lines for the
/// observer, and, if output is kept, its two ends for the ledger. `OutputSetting::open` makes one.
///
/// Thread-safety: every method may be called from any thread; lines reach the observer one at a
/// time.
class TaskOutput {
public:
    virtual ~TaskOutput() = default;

    /// Adds bytes, which need not end with a line.
    virtual void write(OutputChannel channel, std::string_view bytes) = 0;

    /// What has been captured until now. Null: nothing, or output is not kept.
    [[nodiscard]] virtual std::shared_ptr<const CapturedOutput> so_far() const = 0;

    /// The run has ended: passes on what follows the last newline, and returns what was captured,
    /// for `RunObserver::finished_with_output`. Called once; further output is lost.
    [[nodiscard]] virtual std::shared_ptr<const CapturedOutput> finish() = 0;

protected:
    TaskOutput() = default;
    TaskOutput(const TaskOutput&) = default;
    TaskOutput& operator=(const TaskOutput&) = default;
};

}  // namespace quantum
