#include "run/process/child_runner.hpp"

#include <algorithm>
#include <cerrno>
#include <list>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>

#include "quantum/job.hpp"

#include "base/event_loop.hpp"
#include "base/line_splitter.hpp"
#include "run/mutant.hpp"
#include "run/process/burst_detector.hpp"
#include "run/process/child_run.hpp"

namespace quantum::run {
namespace {

namespace asio = boost::asio;

// Whoever starts a child waits for its exec. More than the processors can use, since much of that
// is waiting for one of them.
constexpr SpawnThreads::Limits starts_at_once{.lane = 4, .all = 64};

// A start that does not end though its child was killed hangs in the kernel.
constexpr auto start_patience = std::chrono::seconds(2);

using RunTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, RunStrand>;

// Most commands are over sooner.
constexpr auto young_for = std::chrono::milliseconds(20);

// With fewer runs than these, one that waits to be looked after may be what the next waits for.
constexpr std::size_t busy_threshold = 24;

Outcome not_begun(OutcomeKind kind, const char* reason) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.reason = reason;
    return outcome;
}

Outcome stopped_before_start() {
    return not_begun(OutcomeKind::killed, "terminated before it started");
}

}  // namespace

struct ChildRunner::Core : std::enable_shared_from_this<Core> {
    Core(base::EventLoop& loop, Clock& clock, ChildRunnerOptions options)
        : allowed({options.allow_run_as, options.allow_run_as_group}),
          context(std::make_shared<ChildContext>(
              ChildContext{asio::make_strand(loop.context()), clock, std::move(options),
                           base::FileDescriptor(open(null_device, O_RDONLY | O_CLOEXEC)),
                           std::vector<char>(base::LineSplitter::default_limit), spawners, sweeper,
                           poll, allowed})) {}

    SpawnThreads spawners{starts_at_once};
    TreeSweeper sweeper;
    ChildPoll poll;
    AllowedUsers allowed;
    const std::shared_ptr<ChildContext> context;

    // All below: on the strand only.
    std::optional<RunDescriptor> children;  ///< readable when one of them is
    std::vector<ChildPoll::Event> events;
    BurstDetector burst;
    RunTimer rest{context->strand};
    RunTimer age{context->strand};
    bool looks_after_the_old = false;
    bool closed = false;
    std::map<ExecutionId, std::shared_ptr<ChildRun>> running;
    std::list<std::shared_ptr<ChildRun>> detached;  // oldest first

    void start(Execution execution, RunObserver& observer) {
        if (closed) {
            observer.finished(execution, stopped_before_start());
            return;
        }
        if (execution.job->task().kind() != TaskKind::command) {
            observer.finished(execution,
                              not_begun(OutcomeKind::failed, "the job's task is not a command"));
            return;
        }
        const ExecutionId id = execution.id;
        auto run = std::make_shared<ChildRun>(
            context, std::move(execution), observer,
            ChildRun::Owner{.finished = [this](ChildRun& ended) { finished(ended); },
                            .released = [this](ChildRun& ended) { released(ended); }});
        running.insert_or_assign(id, run);
        run->begin();
        look_after_the_old();
    }

    /// The end of a short run is seen by its pipes; that of one which goes on is watched for.
    void look_after_the_old() {
        if (looks_after_the_old) return;
        looks_after_the_old = true;
        age.expires_after(young_for);
        age.async_wait([core = shared_from_this()](boost::system::error_code error) {
            if (error || core->closed) return;
            core->looks_after_the_old = false;
            std::vector<std::shared_ptr<ChildRun>> old;
            bool are_all = true;
            core->look_at_starts();
            for (const auto& [id, run] : core->running) {
                if (!run->is_unwatched()) continue;
                if (run->is_old()) old.push_back(run);
                are_all = false;
            }
            for (const auto& run : old) run->watch_exit();  // it may leave the map meanwhile
            if (!are_all) core->look_after_the_old();
        });
    }

    void look_at_starts() {
        const BootTime now = context->clock.boot_now();
        std::vector<std::shared_ptr<ChildRun>> starting;
        for (const auto& [id, run] : running) {
            if (run->is_starting()) starting.push_back(run);  // it may leave the map meanwhile
        }
        std::set<std::string> stuck;
        for (const auto& run : starting) {
            if (run->look_at_start(now)) stuck.insert(run->lane());
        }
        if (stuck.empty() || mutated(RunMutant::waits_behind_hanging_starts)) return;
        for (const auto& run : starting) {
            if (stuck.contains(run->lane()) &&
                run->waits_since(now - context->options.start_timeout)) {
                run->fail_waiting();
            }
        }
    }

    void wait_for_children() {
        children->async_wait(RunDescriptor::wait_read,
                             [core = shared_from_this()](boost::system::error_code error) {
                                 if (!error && !core->closed) core->children_ready();
                             });
    }

    void children_ready() {
        context->poll.take(events);
        burst.saw(events.size(), context->clock.boot_now());
        for (const auto& event : events) event.who->ready(event.source, event.at_end);
        const bool is_more = events.size() == ChildPoll::most_events;
        events.clear();
        if (is_more || !burst.is_on() || running.size() < busy_threshold) {
            wait_for_children();
            return;
        }
        rest.expires_after(BurstDetector::rest);
        rest.async_wait([core = shared_from_this()](boost::system::error_code error) {
            if (!error && !core->closed) core->children_ready();
        });
    }

    void finished(ChildRun& ended) {
        const auto found = running.find(ended.execution().id);
        if (found == running.end() || found->second.get() != &ended) return;
        detached.push_back(std::move(found->second));
        running.erase(found);
        if (detached.size() > context->options.detached_limit &&
            !mutated(RunMutant::forsaken_without_end)) {
            // Its last reader: whoever still writes is told so by the kernel.
            const auto oldest = oldest_of_most();
            const auto run = *oldest;
            detached.erase(oldest);
            run->release();
        }
    }

    /// Of the user who has the most of them, so that no user loses his to another.
    std::list<std::shared_ptr<ChildRun>>::iterator oldest_of_most() {
        std::map<std::string, std::size_t> counts;
        std::size_t most = 0;
        for (const auto& run : detached) most = std::max(most, ++counts[run->lane()]);
        return std::find_if(detached.begin(), detached.end(),
                            [&](const auto& run) { return counts[run->lane()] == most; });
    }

    void released(const ChildRun& ended) {
        detached.remove_if([&](const auto& run) { return run.get() == &ended; });
    }

    void stop(const ExecutionId& id, StopSignal signal) {
        const auto found = running.find(id);
        if (found == running.end()) return;
        const auto run = found->second;  // it may leave the map meanwhile
        run->stop(signal);
    }

    void close() {
        closed = true;
        for (const auto& [id, run] : running) {
            if (run->is_starting()) run->give_up_start();
        }
        spawners.stop(start_patience);
        sweeper.stop();
        children.reset();
        rest.cancel();
        age.cancel();
        while (!running.empty()) {
            const auto run = running.begin()->second;
            run->abandon();
        }
        for (const auto& run : std::exchange(detached, {})) run->release();
    }
};

ChildRunner::ChildRunner(base::EventLoop& loop, Clock& clock, ChildRunnerOptions options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {
    const int watched = fcntl(core_->context->poll.descriptor(), F_DUPFD_CLOEXEC, 3);
    if (watched < 0) return;  // whoever is started then cannot be watched, and fails
    core_->children.emplace(core_->context->strand, watched);
    core_->wait_for_children();
}

ChildRunner::~ChildRunner() { core_->close(); }

void ChildRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    asio::post(core_->context->strand,
               [core = core_, &observer,
                batch = std::vector<Execution>(executions.begin(), executions.end())]() mutable {
                   for (Execution& execution : batch) core->start(std::move(execution), observer);
               });
}

void ChildRunner::allow_run_as(AllowedAccounts accounts) {
    core_->allowed.set(std::move(accounts));
}

void ChildRunner::stop(const ExecutionId& execution, StopSignal signal) {
    asio::post(core_->context->strand,
               [core = core_, execution, signal] { core->stop(execution, signal); });
}

}  // namespace quantum::run
