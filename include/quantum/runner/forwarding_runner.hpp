#pragma once

#include <map>
#include <memory>
#include <span>

#include "quantum/detail/mutex.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

/// Passes everything on to another runner: the base of runners that wrap one.
///
///     class Announced : public quantum::ForwardingRunner {
///     public:
///         using ForwardingRunner::ForwardingRunner;
///         void start(std::span<const quantum::Execution> executions,
///                    quantum::RunObserver& observer) override {
///             for (const auto& execution : executions) announce(execution);
///             ForwardingRunner::start(executions, observer);
///         }
///     };
///     config.wrap_runner = [](std::unique_ptr<quantum::Runner> runner, quantum::Clock&) {
///         return std::make_unique<Announced>(std::move(runner));
///     };
///
/// Executions that are not passed on must be reported as finished by whoever keeps them back.
///
/// Thread-safety: that of Runner.
class ForwardingRunner : public Runner {
public:
    /// `inner` must not be null.
    explicit ForwardingRunner(std::unique_ptr<Runner> inner);
    ~ForwardingRunner() override;
    ForwardingRunner(const ForwardingRunner&) = delete;
    ForwardingRunner& operator=(const ForwardingRunner&) = delete;

    /// Executions that the caller no longer needs come here too.
    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    void adopt(std::span<const Execution> executions, RunObserver& observer) override;
    [[nodiscard]] bool has_handler(std::string_view name) const override;
    bool add_handler(const std::string& name, std::shared_ptr<const Handler> handler) override;
    [[nodiscard]] std::shared_ptr<const CapturedOutput> output_so_far(
        const ExecutionId& execution) override;

protected:
    /// Creates what the inner runner reports to instead of `observer`, usually a
    /// ForwardingObserver. Called once per observer; the result is kept until the inner runner has
    /// been destroyed. Default: null, it reports to `observer`.
    [[nodiscard]] virtual std::unique_ptr<RunObserver> watch(RunObserver& observer);

    /// Destroys the inner runner, which ends its runs. For the destructor of a derived class whose
    /// members are used by its observers; nothing may be called afterwards.
    void end_runs();

private:
    [[nodiscard]] RunObserver& stand_in(RunObserver& observer) QUANTUM_EXCLUDES(mutex_);

    detail::Mutex mutex_;  // held while `watch` is called
    std::map<RunObserver*, std::unique_ptr<RunObserver>> observers_ QUANTUM_GUARDED_BY(mutex_);
    std::unique_ptr<Runner> inner_;
};

}  // namespace quantum
