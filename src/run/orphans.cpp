#include "run/orphans.hpp"

#include <csignal>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <poll.h>

#include "base/event_loop.hpp"
#include "run/child_run.hpp"
#include "run/mutant.hpp"
#include "run/orphan_scan.hpp"
#include "run/spool_reader.hpp"

namespace quantum {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

Outcome lost(bool was_found) {
    Outcome outcome;
    outcome.kind = OutcomeKind::lost;
    outcome.reason = "the scheduler ended while it ran";
    if (was_found) outcome.reason += "; what was left of it has ended since";
    return outcome;
}

/// Tells its end, with what is known of it from before this process began.
void tell_lost(const OrphanOptions& options, const Execution& execution, RunObserver& observer,
               bool was_found) {
    RecoveredRun before =
        recover_run(spool_path(options.spool_directory, execution.id, execution.attempt));
    Outcome outcome = lost(was_found);
    if (before.started) outcome.started = execution.boot_time(*before.started);
    if (mutated(RunMutant::output_of_last_life_lost)) before.output = nullptr;
    observer.finished_with_output(execution, std::move(outcome), std::move(before.output));
}

/// Until one of the processes has ended, or `until`.
void wait_for_an_end(const LivingProcesses& living, steady_clock::time_point until) {
    std::vector<pollfd> ends;
    for (const auto& [id, processes] : living) {
        for (const LivingProcess& process : processes) {
            ends.push_back({.fd = process.pidfd.get(), .events = POLLIN, .revents = 0});
        }
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    if (left > 0) poll(ends.data(), ends.size(), static_cast<int>(left));
}

bool ends_at_crash(const OrphanOptions& options, const Execution& execution) {
    const Command* const command = command_of(execution.job->task());
    const auto own = command != nullptr ? command->on_crash : std::nullopt;
    return (mutated(RunMutant::own_word_at_crash_ignored)
                ? options.on_crash
                : own.value_or(options.on_crash)) == OnCrash::end &&
           !mutated(RunMutant::waits_at_crash);
}

/// Moves those of some executions out of `all`.
LivingProcesses part_of(LivingProcesses& all, const std::set<ExecutionId>& executions) {
    LivingProcesses part;
    for (const ExecutionId& id : executions) {
        if (auto place = all.extract(id)) part.insert(std::move(place));
    }
    return part;
}

}  // namespace

struct Orphans::Core : std::enable_shared_from_this<Core> {
    Core(EventLoop& loop, Clock& its_clock, OrphanOptions its_options)
        : strand(asio::make_strand(loop.context())),
          clock(its_clock),
          options(std::move(its_options)) {}

    struct Orphan {
        Execution execution;
        RunObserver* observer;
        std::list<RunDescriptor> ends;  // a pidfd each
        std::optional<Clock::TimerId> kill_timer;
    };

    const RunStrand strand;
    Clock& clock;
    const OrphanOptions options;
    std::map<ExecutionId, Orphan> orphans;  // on the strand only
    bool closed = false;

    void watch(Orphan orphan, std::vector<LivingProcess> processes) {
        const ExecutionId id = orphan.execution.id;
        auto& watched = orphans.insert_or_assign(id, std::move(orphan)).first->second;
        wait_for(watched, std::move(processes));
        if (ends_at_crash(options, watched.execution) && !mutated(RunMutant::orphan_never_killed))
            kill_later(watched);
    }

    void wait_for(Orphan& orphan, std::vector<LivingProcess> processes) {
        orphan.ends.clear();
        for (LivingProcess& process : processes) {
            RunDescriptor& end = orphan.ends.emplace_back(strand, process.pidfd.release());
            end.async_wait(RunDescriptor::wait_read,
                           [weak = weak_from_this(),
                            id = orphan.execution.id](const boost::system::error_code& error) {
                               if (error) return;
                               if (const auto core = weak.lock()) core->look_again(id);
                           });
        }
    }

    void kill_later(Orphan& orphan) {
        if (orphan.kill_timer) return;
        orphan.kill_timer = clock.wake_after(
            options.kill_after, [weak = weak_from_this(), id = orphan.execution.id] {
                const auto core = weak.lock();
                if (!core) return;
                asio::post(core->strand, [core, id] { core->stop(id, StopSignal::kill); });
            });
    }

    // One of its processes has ended; there may be others, also new ones.
    void look_again(const ExecutionId& id) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        LivingProcesses living = processes_of({id});
        if (!living.empty() && !mutated(RunMutant::first_end_is_the_end)) {
            wait_for(place->second, std::move(living.begin()->second));
            return;
        }
        const auto orphan = orphans.extract(place);
        if (orphan.mapped().kill_timer) clock.cancel(*orphan.mapped().kill_timer);
        tell_lost(options, orphan.mapped().execution, *orphan.mapped().observer, true);
    }

    void stop(const ExecutionId& id, StopSignal signal) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        const LivingProcesses living = processes_of({id});
        if (living.empty()) return;  // its end is on the way
        signal_groups(living.begin()->second, signal == StopSignal::kill ? SIGKILL : SIGTERM);
        if (signal == StopSignal::terminate) kill_later(place->second);
    }

    void close() {
        closed = true;
        for (auto& [id, orphan] : std::exchange(orphans, {})) {
            if (orphan.kill_timer) clock.cancel(*orphan.kill_timer);
            tell_lost(options, orphan.execution, *orphan.observer, false);
        }
    }
};

Orphans::Orphans(EventLoop& loop, Clock& clock, OrphanOptions options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {}

Orphans::~Orphans() { core_->close(); }

void Orphans::adopt(std::span<const Execution> executions, RunObserver& observer) {
    std::set<ExecutionId> ids;
    for (const Execution& execution : executions) ids.insert(execution.id);
    LivingProcesses living = processes_of(ids);
    std::set<ExecutionId> found;
    for (const auto& [id, processes] : living) found.insert(id);
    std::set<ExecutionId> ending;
    for (const Execution& execution : executions) {
        if (ends_at_crash(core_->options, execution)) ending.insert(execution.id);
    }
    const auto until = steady_clock::now() + core_->options.patience;
    LivingProcesses told = part_of(living, ending);
    for (const auto& [id, processes] : told) signal_groups(processes, SIGTERM);
    while (!told.empty() && steady_clock::now() < until) {
        wait_for_an_end(told, until);
        told = processes_of(ending);
    }
    living.merge(told);
    for (const Execution& execution : executions) {
        const auto still = living.find(execution.id);
        if (still == living.end()) {
            tell_lost(core_->options, execution, observer, found.contains(execution.id));
            continue;
        }
        // A function that the loop takes has to be copied: what it carries is shared.
        auto processes = std::make_shared<std::vector<LivingProcess>>(std::move(still->second));
        asio::post(core_->strand, [core = core_, execution, &observer, processes] {
            if (core->closed) {
                tell_lost(core->options, execution, observer, false);
            } else {
                core->watch({execution, &observer, {}, std::nullopt}, std::move(*processes));
            }
        });
    }
}

void Orphans::stop(const ExecutionId& execution, StopSignal signal) {
    asio::post(core_->strand, [core = core_, execution, signal] { core->stop(execution, signal); });
}

}  // namespace quantum
