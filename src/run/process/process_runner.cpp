#include "quantum/runner/process_runner.hpp"

#include <stdexcept>
#include <utility>

#include "base/event_loop.hpp"
#include "run/output/kept_output.hpp"
#include "run/process/command_runner.hpp"
#include "run/process/fenced_clock.hpp"

namespace quantum {
namespace {

run::ChildRunnerOptions child_options(ProcessRunnerOptions&& options) {
    run::ChildRunnerOptions own;
    own.node = std::move(options.node);
    own.start_timeout = options.start_timeout;
    own.output_linger = options.output_linger;
    own.output = run::output_options(options.output);
    own.allow_run_as = std::move(options.allow_run_as);
    own.allow_run_as_group = std::move(options.allow_run_as_group);
    own.secrets_directory = std::move(options.secrets_directory);
    own.control_group = std::move(options.control_group);
    return own;
}

run::OrphanOptions orphan_options(const ProcessRunnerOptions& options) {
    run::OrphanOptions own;
    own.on_crash = options.on_crash;
    if (options.output) own.spool_directory = options.output->spool_directory;
    return own;
}

}  // namespace

/// The runner goes after its loop has stopped, and before the fence of its timers and the loop.
struct ProcessRunner::Impl {
    Impl(Clock& their_clock, run::OrphanOptions orphans, run::ChildRunnerOptions commands)
        : clock(their_clock), runner(loop, clock, std::move(commands), std::move(orphans)) {
        loop.start(1);
    }
    ~Impl() { loop.stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    base::EventLoop loop;
    run::FencedClock clock;
    run::CommandRunner runner;
};

Result<std::unique_ptr<ProcessRunner>> ProcessRunner::make(Clock& clock,
                                                           ProcessRunnerOptions options) {
    try {
        run::OrphanOptions orphans = orphan_options(options);
        return std::unique_ptr<ProcessRunner>(new ProcessRunner(
            std::make_shared<Impl>(clock, std::move(orphans), child_options(std::move(options)))));
    } catch (const std::runtime_error& thrown) {
        return fail(ErrorCode::io_error, std::string("a runner of commands: ") + thrown.what());
    }
}

ProcessRunner::ProcessRunner(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ProcessRunner::~ProcessRunner() = default;

void ProcessRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    impl_->runner.start(executions, observer);
}

void ProcessRunner::stop(const ExecutionId& execution, StopSignal signal) {
    impl_->runner.stop(execution, signal);
}

void ProcessRunner::adopt(std::span<const Execution> executions, RunObserver& observer) {
    impl_->runner.adopt(executions, observer);
}

}  // namespace quantum
