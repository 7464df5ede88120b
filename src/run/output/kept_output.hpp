#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/task_output.hpp"

#include "base/line_splitter.hpp"
#include "base/mutex.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/output_options.hpp"
#include "run/output/secret_mask.hpp"

namespace quantum::run {

/// What the setting means for runners with an output of their own.
[[nodiscard]] OutputOptions output_options(const OutputSetting& setting);

/// The output of a task of which both ends are kept, in memory, with what is to be masked as "***".
///
/// The observer is called with a lock held, so that lines come one at a time; `so_far` does not
/// wait for it. Thread-safety: that of TaskOutput. The execution and the observer must outlive it.
class KeptOutput final : public TaskOutput {
public:
    KeptOutput(const KeepOutput& keep, const Execution& execution, RunObserver& observer);

    void write(OutputChannel channel, std::string_view bytes) override QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] std::shared_ptr<const CapturedOutput> so_far() const override
        QUANTUM_EXCLUDES(capture_mutex_);
    [[nodiscard]] std::shared_ptr<const CapturedOutput> finish() override QUANTUM_EXCLUDES(mutex_);

private:
    struct Channel {
        OutputChannel name;
        SecretMask mask{};
        base::LineSplitter lines{};
    };

    /// Both with the first lock held; the analysis cannot follow it through the mask.
    void keep(Channel& channel, std::string_view bytes) QUANTUM_EXCLUDES(capture_mutex_);
    void tell(const Channel& channel, std::string_view line) const;

    const Execution& execution_;
    RunObserver& observer_;
    base::Mutex mutex_;  // above the other
    std::array<Channel, 2> channels_ QUANTUM_GUARDED_BY(mutex_){
        {{OutputChannel::standard_output}, {OutputChannel::standard_error}}};
    mutable base::Mutex capture_mutex_;  // a leaf
    OutputCapture capture_ QUANTUM_GUARDED_BY(capture_mutex_){{}};
};

}  // namespace quantum::run
