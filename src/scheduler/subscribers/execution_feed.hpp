#pragma once

#include <cstddef>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/subscribers/external_runs.hpp"

namespace quantum::scheduler {

/// Passes the demand of ExecutionFeed's consumers to ExternalRuns, and runs to them.
///
/// Used only on the feed's turns; outlives it.
class ExecutionDispatcher final : public Dispatcher<Execution> {
public:
    explicit ExecutionDispatcher(ExternalRuns& runs) : runs_(runs) {}

    /// Sends what has been started and is wanted.
    void hand_out();

    // Dispatcher
    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<Execution>& options) override;
    void ask(SubscriptionId consumer, std::size_t count, Outlet<Execution>& outlet) override;
    void cancel(SubscriptionId consumer) override { runs_.cancel(consumer); }
    [[nodiscard]] std::size_t wanted() const override { return 0; }
    void dispatch(std::vector<Execution>& events, Outlet<Execution>& outlet) override;

private:
    ExternalRuns& runs_;
    Outlet<Execution>* outlet_ = nullptr;  // the stage's; nobody is sent anything unasked
};

/// The producer behind `Scheduler::executions`: hands executions to whoever carries them out.
///
/// Not part of the pipeline. If it crashes, its consumers are cancelled, and keep what they hold as
/// long as they live.
class ExecutionFeed final : public Producer<Execution> {
public:
    ExecutionFeed(ExternalRuns& runs, ExecutionDispatcher& dispatcher)
        : runs_(runs), dispatcher_(dispatcher) {}

    struct RunsWait {};

    InitResult init(Options& options) override;
    Reaction<Execution> handle_demand(std::size_t count) override;
    Reaction<Execution> handle_subscribe(const Subscription& consumer) override;
    Reaction<Execution> handle_cancel(const Subscription& consumer,
                                      const CancelReason& reason) override;
    Reaction<Execution> handle_down(const Down& down) override;
    Reaction<Execution> handle_cast(RunsWait runs);

private:
    ExternalRuns& runs_;
    ExecutionDispatcher& dispatcher_;
};

}  // namespace quantum::scheduler
