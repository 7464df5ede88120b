#include "run/process_runner.hpp"

#include <cerrno>
#include <deque>
#include <list>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fcntl.h>

#include "quantum/job.hpp"

#include "base/event_loop.hpp"
#include "run/child_run.hpp"

namespace quantum {
namespace {

namespace asio = boost::asio;

// Whoever starts a child waits for its exec. More than the processors can use, since much of that
// is waiting for one of them.
constexpr std::size_t starts_at_once = 4;

Outcome not_begun(OutcomeKind kind, const char* reason) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.reason = reason;
    return outcome;
}

Outcome stopped_before_start() {
    return not_begun(OutcomeKind::killed, "told to end before it began");
}

}  // namespace

struct ProcessRunner::Core : std::enable_shared_from_this<Core> {
    Core(EventLoop& loop, Clock& clock, ProcessRunnerOptions options)
        : context(std::make_shared<ChildContext>(
              ChildContext{asio::make_strand(loop.context()), clock, std::move(options),
                           FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)),
                           std::vector<char>(LineSplitter::default_limit), spawners, sweeper})) {}

    struct Waiting {
        Execution execution;
        RunObserver* observer;
    };

    SpawnThreads spawners{starts_at_once};
    TreeSweeper sweeper;
    const std::shared_ptr<ChildContext> context;

    // All below: on the strand only.
    std::deque<Waiting> waiting;
    std::size_t starting = 0;
    bool closed = false;
    std::map<ExecutionId, std::shared_ptr<ChildRun>> running;
    std::list<std::shared_ptr<ChildRun>> forsaken;  // oldest first

    void start_some() {
        while (starting < starts_at_once && !waiting.empty() && !closed) {
            Waiting next = std::move(waiting.front());
            waiting.pop_front();
            start(std::move(next));
        }
    }

    void start(Waiting next) {
        if (command_of(next.execution.job->task()) == nullptr) {
            next.observer->finished(next.execution,
                                    not_begun(OutcomeKind::failed, "the job's task is no command"));
            return;
        }
        const ExecutionId id = next.execution.id;
        auto run = std::make_shared<ChildRun>(
            context, std::move(next.execution), *next.observer,
            ChildRun::Owner{.begun = [this](ChildRun&) { begun(); },
                            .finished = [this](ChildRun& ended) { finished(ended); },
                            .released = [this](ChildRun& ended) { released(ended); }});
        running.insert_or_assign(id, run);
        ++starting;
        run->begin();
    }

    void begun() {
        --starting;
        start_some();
    }

    void finished(ChildRun& ended) {
        const auto found = running.find(ended.execution().id);
        if (found == running.end() || found->second.get() != &ended) return;
        forsaken.push_back(std::move(found->second));
        running.erase(found);
        if (forsaken.size() > context->options.forsaken_limit) {
            // Its last reader: whoever still writes is told so by the kernel.
            forsaken.front()->release();
            forsaken.pop_front();
        }
    }

    void released(const ChildRun& ended) {
        forsaken.remove_if([&](const auto& run) { return run.get() == &ended; });
    }

    void stop(const ExecutionId& id, StopSignal signal) {
        if (const auto found = running.find(id); found != running.end()) {
            const auto run = found->second;  // it may leave the map meanwhile
            run->stop(signal);
            return;
        }
        for (auto it = waiting.begin(); it != waiting.end(); ++it) {
            if (it->execution.id != id) continue;
            const Waiting next = std::move(*it);
            waiting.erase(it);
            next.observer->finished(next.execution, stopped_before_start());
            return;
        }
    }

    void close() {
        closed = true;
        spawners.stop();
        sweeper.stop();
        for (auto& next : std::exchange(waiting, {})) {
            next.observer->finished(next.execution, stopped_before_start());
        }
        while (!running.empty()) {
            const auto run = running.begin()->second;
            run->abandon();
        }
        for (const auto& run : std::exchange(forsaken, {})) run->release();
    }
};

ProcessRunner::ProcessRunner(EventLoop& loop, Clock& clock, ProcessRunnerOptions options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {}

ProcessRunner::~ProcessRunner() { core_->close(); }

void ProcessRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    std::vector<Core::Waiting> batch;
    batch.reserve(executions.size());
    for (const Execution& execution : executions) batch.push_back({execution, &observer});
    asio::post(core_->context->strand, [core = core_, batch = std::move(batch)]() mutable {
        for (auto& next : batch) {
            if (core->closed) {
                next.observer->finished(next.execution, stopped_before_start());
            } else {
                core->waiting.push_back(std::move(next));
            }
        }
        core->start_some();
    });
}

void ProcessRunner::stop(const ExecutionId& execution, StopSignal signal) {
    asio::post(core_->context->strand,
               [core = core_, execution, signal] { core->stop(execution, signal); });
}

}  // namespace quantum
