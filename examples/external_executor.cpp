// Executions that the program carries out itself, two at a time, while another stage listens.
#include <atomic>
#include <cstdint>
#include <iostream>
#include <latch>
#include <thread>
#include <vector>

#include <quantum/quantum.hpp>
#include <quantum/scheduler_events.hpp>
#include <quantum/stages/stage_threads.hpp>

namespace {

/// Carries out executions on threads of its own. It is never given more than it has asked for, and
/// never holds more than its demand.
class Worker : public quantum::Consumer<quantum::Execution> {
public:
    Worker(quantum::Scheduler* scheduler, std::latch* done) : scheduler_(scheduler), done_(done) {}

    quantum::Reaction<> handle_events(std::vector<quantum::Execution> executions,
                                      const quantum::Subscription&) override {
        for (quantum::Execution& execution : executions) {
            threads_.emplace_back([this, execution = std::move(execution)] { work(execution); });
        }
        return none();
    }
    void terminate(const quantum::StopReason&) override {
        for (std::thread& thread : threads_) thread.join();
        std::cout << "at most " << most_ << " at a time\n";
    }

private:
    void work(const quantum::Execution& execution) {
        const int busy = ++busy_;
        for (int most = most_; most < busy && !most_.compare_exchange_weak(most, busy);) {
        }
        quantum::Outcome outcome;
        outcome.result = "report of " + execution.job->name();
        --busy_;
        auto finished = scheduler_->finish(execution.id, std::move(outcome));
        if (!finished) std::cerr << finished.error().message << '\n';
        done_->count_down();
    }

    quantum::Scheduler* scheduler_;
    std::latch* done_;
    std::vector<std::thread> threads_;
    std::atomic<int> busy_{0};
    std::atomic<int> most_{0};
};

/// Gets a copy of everything, and may be as slow as it likes.
class Listener : public quantum::Consumer<quantum::SchedulerEvent> {
public:
    quantum::Reaction<> handle_events(std::vector<quantum::SchedulerEvent> events,
                                      const quantum::Subscription&) override {
        for (const quantum::SchedulerEvent& event : events) {
            if (event.kind == quantum::SchedulerEventKind::execute) ++executions_;
            if (event.kind == quantum::SchedulerEventKind::gap) missed_ += event.missed;
        }
        return none();
    }
    void terminate(const quantum::StopReason&) override {
        std::cout << "heard of " << executions_ << " executions, missed " << missed_ << '\n';
    }

private:
    int executions_ = 0;
    std::uint64_t missed_ = 0;
};

}  // namespace

int main() {
    std::latch done(6);
    quantum::Scheduler scheduler({.executor = quantum::ExecutorKind::external});
    if (!scheduler.start()) return 1;
    auto added = scheduler.add_job({.name = "sales",
                                    .schedule = "0 6 * * *",
                                    .task = quantum::HandlerCall{"report", "{}"},
                                    .overlap = quantum::Overlap::allow});
    if (!added) return std::cerr << added.error().message << '\n', 1;

    auto threads = quantum::StageThreads::start();
    if (!threads) return 1;
    quantum::StageSystem stages((*threads)->runtime(), (*threads)->clock());
    auto listener = stages.start<Listener>({.subscribe_to = {{*scheduler.events()}}});
    auto worker = stages.start<Worker>(
        {.subscribe_to = {{*scheduler.executions(), {.max_demand = 2}}}}, &scheduler, &done);
    if (!listener || !worker) return 1;

    for (int i = 0; i < 6; ++i) {
        if (!scheduler.run_job("sales")) return 1;
    }
    done.wait();
    auto report = scheduler.stop();  // ends the subscriptions, and with them both stages
    if (!listener->wait(std::chrono::seconds(5)) || !worker->wait(std::chrono::seconds(5)))
        return 1;
    return report && report->lost == 0 ? 0 : 1;
}
