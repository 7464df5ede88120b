#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/task_output.hpp"

#include "base/line_splitter.hpp"
#include "base/mutex.hpp"

namespace quantum::run {

/// The output of a task of which nothing is kept: passed on line by line.
///
/// The observer is called with the lock held, so that lines come one at a time. Thread-safety: that
/// of TaskOutput. The execution and the observer must outlive it.
class LineOutput final : public TaskOutput {
public:
    LineOutput(const Execution& execution, RunObserver& observer)
        : execution_(execution), observer_(observer) {}

    void write(OutputChannel channel, std::string_view bytes) override QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] std::shared_ptr<const CapturedOutput> so_far() const override { return nullptr; }
    [[nodiscard]] std::shared_ptr<const CapturedOutput> finish() override QUANTUM_EXCLUDES(mutex_);

private:
    const Execution& execution_;
    RunObserver& observer_;
    base::Mutex mutex_;
    std::array<base::LineSplitter, 2> lines_ QUANTUM_GUARDED_BY(mutex_);  ///< by channel
};

}  // namespace quantum::run
