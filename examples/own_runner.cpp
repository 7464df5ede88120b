// A runner of one's own that wraps the runner of commands: it says what starts and how it ended,
// and keeps commands back while the machine is to be left alone. With it, parts of one's own: the
// clock, the runners and the storage are made here, and combined.
#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include <quantum/command.hpp>
#include <quantum/quantum.hpp>
#include <quantum/runner/combined_runner.hpp>
#include <quantum/runner/forwarding_observer.hpp>
#include <quantum/runner/forwarding_runner.hpp>
#include <quantum/runner/function_runner.hpp>
#include <quantum/runner/process_runner.hpp>
#include <quantum/stages/stage_threads.hpp>
#include <quantum/storage/memory_storage.hpp>

/// What is written by several threads.
void say(const std::string& line) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::cout << line << '\n';
}

/// Stands between the runner and the scheduler, and sees every end.
class Ends final : public quantum::ForwardingObserver {
public:
    using ForwardingObserver::ForwardingObserver;

    void finished_with_output(const quantum::Execution& execution, quantum::Outcome outcome,
                              std::shared_ptr<const quantum::CapturedOutput> output) override {
        std::string line = execution.job->name() + ": " + std::string(to_string(outcome.kind));
        if (outcome.exit_code) line += " with " + std::to_string(*outcome.exit_code);
        say(line);
        ForwardingObserver::finished_with_output(execution, std::move(outcome), std::move(output));
    }
};

class Watchful final : public quantum::ForwardingRunner {
public:
    using ForwardingRunner::ForwardingRunner;

    void leave_alone(bool alone) { alone_ = alone; }

    void start(std::span<const quantum::Execution> executions,
               quantum::RunObserver& observer) override {
        if (!alone_) return ForwardingRunner::start(executions, observer);
        for (const quantum::Execution& execution : executions) {
            quantum::Outcome outcome;  // whoever keeps a run back reports its end
            outcome.kind = quantum::OutcomeKind::failed;
            outcome.reason = "the machine is to be left alone";
            observer.finished(execution, std::move(outcome));
        }
    }

protected:
    std::unique_ptr<quantum::RunObserver> watch(quantum::RunObserver& observer) override {
        return std::make_unique<Ends>(observer);
    }

private:
    std::atomic<bool> alone_{false};
};

int main() {
    auto threads = quantum::StageThreads::start();
    if (!threads) return std::cerr << threads.error().message << '\n', 1;
    quantum::Clock& clock = (*threads)->clock();  // or a SystemClock with a thread of its own
    auto commands = quantum::ProcessRunner::make(clock, {.output = quantum::KeepOutput{}});
    if (!commands) return std::cerr << commands.error().message << '\n', 1;

    auto watchful = std::make_unique<Watchful>(*std::move(commands));
    Watchful& machine = *watchful;
    quantum::CombinedRunner runner({.functions = std::make_unique<quantum::FunctionRunner>(clock),
                                    .commands = std::move(watchful)});
    quantum::MemoryStorage storage;
    quantum::Scheduler scheduler({clock, (*threads)->runtime(), storage, runner});

    if (!scheduler.start()) return 1;
    auto added = scheduler.add_job(
        {.name = "count",
         .schedule = "0 0 1 1 *",
         .task = quantum::Command{.argv = {"/bin/sh", "-c", "echo 42 rows; exit 3"}},
         .overlap = quantum::Overlap::allow});
    if (!added) return std::cerr << added.error().message << '\n', 1;
    std::counting_semaphore<> ended{0};
    static_cast<void>(scheduler.attach([&](const quantum::TelemetryEvent&) { ended.release(); },
                                       kind_bit(quantum::TelemetryKind::job_exception)));
    const auto first = scheduler.run_job("count");
    ended.acquire();
    machine.leave_alone(true);
    const auto second = scheduler.run_job("count");
    if (!first || !second || !scheduler.stop()) return 1;

    std::cout << storage.output(*first)->head << storage.entry(second->text())->outcome->reason
              << '\n';
}
