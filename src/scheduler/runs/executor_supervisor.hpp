#pragma once

#include <utility>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// A consumer that takes executions as its demand allows and passes each to the Executor.
///
/// Runs are not part of the stage: a crash of the stage ends none of them, and none of them can
/// crash it.
class ExecutorSupervisor final : public Consumer<Execution> {
public:
    explicit ExecutorSupervisor(Executor& executor) : executor_(executor) {}

    Reaction<> handle_events(std::vector<Execution> executions, const Subscription&) override {
        executor_.start(std::move(executions));
        return none();
    }

private:
    Executor& executor_;
};

}  // namespace quantum::scheduler
