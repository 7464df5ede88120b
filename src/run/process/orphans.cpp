#include "run/process/orphans.hpp"

#include <csignal>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <poll.h>
#include <unistd.h>

#include "base/event_loop.hpp"
#include "run/mutant.hpp"
#include "run/output/spool_reader.hpp"
#include "run/process/child_run.hpp"
#include "run/process/identity.hpp"
#include "run/process/orphan_scan.hpp"
#include "run/process/spawn_threads.hpp"

namespace quantum::run {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// What KILL does not end within this is stuck in the kernel.
constexpr Duration orphan_unkillable_after = std::chrono::seconds(5);

// When these are gone, the next.
constexpr std::size_t watched_at_once = 16;

constexpr const char* has_ended_since = "; its remaining processes have ended since";

/// Tells its end, with what is known of it from before this process began.
void tell_lost(const OrphanOptions& options, const Execution& execution, RunObserver& observer,
               const std::string& remark = {}) {
    RecoveredRun before =
        recover_run(spool_path(options.spool_directory, execution.id, execution.attempt));
    Outcome outcome;
    outcome.kind = OutcomeKind::lost;
    outcome.reason = "the scheduler ended while it ran" + remark;
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
    const auto command = model::CommandView::of(execution.job->task());
    const auto own = command ? command->common().on_crash : std::nullopt;
    return (mutated(RunMutant::own_word_at_crash_ignored)
                ? options.on_crash
                : own.value_or(options.on_crash)) == OnCrash::end &&
           !mutated(RunMutant::waits_at_crash);
}

/// As whom it was started. None: its user is gone, and nothing can be said to be its own.
std::optional<uid_t> user_of_run(const Execution& execution) {
    const Command* const command = command_of(execution.job->task());
    if (command == nullptr || command->user.empty()) return getuid();
    return user_named(command->user);
}

}  // namespace

struct Orphans::Core : std::enable_shared_from_this<Core> {
    Core(base::EventLoop& loop, Clock& its_clock, OrphanOptions its_options)
        : strand(asio::make_strand(loop.context())),
          clock(its_clock),
          options(std::move(its_options)) {}

    struct Orphan {
        Execution execution;
        uid_t user;
        RunObserver* observer;
        std::list<RunDescriptor> ends;  // a pidfd each
        std::optional<Clock::TimerId> kill_timer;
        bool is_searched_for = false;
        std::optional<int> next_search{};  ///< its signal
        bool is_given_up = false;
    };

    // One of a user's at a time.
    SpawnThreads searches{{.lane = 1, .all = 4}};

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
            if (orphan.ends.size() == watched_at_once) break;
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
        if (!orphan.kill_timer) call_later(orphan, options.kill_after, &Core::kill);
    }

    void call_later(Orphan& orphan, Duration delay, void (Core::*method)(const ExecutionId&)) {
        if (orphan.kill_timer) clock.cancel(*orphan.kill_timer);
        orphan.kill_timer =
            clock.wake_after(delay, [weak = weak_from_this(), id = orphan.execution.id, method] {
                const auto core = weak.lock();
                if (!core) return;
                asio::post(core->strand, [core, id, method] { ((*core).*method)(id); });
            });
    }

    // One of its processes has ended; there may be others, also new ones.
    void look_again(const ExecutionId& id) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        if (mutated(RunMutant::first_end_is_the_end)) {
            let_go(place, has_ended_since);
        } else {
            search(id, 0);
        }
    }

    /// Apart from the loop, whatever there is to be looked through. `signal` 0: none is sent.
    void search(const ExecutionId& id, int signal) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        Orphan& orphan = place->second;
        if (orphan.is_searched_for) {
            const int next = orphan.next_search.value_or(0);
            orphan.next_search = next == SIGKILL || signal == 0 ? next : signal;
            return;
        }
        orphan.is_searched_for = true;
        const auto look = [core = shared_from_this(), id, user = orphan.user, signal] {
            const LeftRuns runs{{id, user}};
            auto found = std::make_shared<LivingProcesses>(
                signal != 0 ? signal_orphans(runs, signal) : orphans_of(runs));
            asio::post(core->strand, [core, id, found] { core->searched(id, *found); });
        };
        if (!searches.submit(std::to_string(orphan.user), look)) look();
    }

    void searched(const ExecutionId& id, LivingProcesses& living) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        Orphan& orphan = place->second;
        orphan.is_searched_for = false;
        if (living.empty()) {
            let_go(place, has_ended_since);
        } else if (const auto signal = std::exchange(orphan.next_search, std::nullopt)) {
            search(id, *signal);
        } else if (orphan.is_given_up) {
            std::string remark =
                "; its remaining processes could not be terminated and are abandoned: process";
            for (const LivingProcess& process : living.begin()->second) {
                remark += ' ' + std::to_string(process.pid);
            }
            let_go(place, remark);
        } else {
            wait_for(orphan, std::move(living.begin()->second));
        }
    }

    void let_go(std::map<ExecutionId, Orphan>::iterator place, const std::string& remark) {
        const auto orphan = orphans.extract(place);
        if (orphan.mapped().kill_timer) clock.cancel(*orphan.mapped().kill_timer);
        tell_lost(options, orphan.mapped().execution, *orphan.mapped().observer, remark);
    }

    void stop(const ExecutionId& id, StopSignal signal) {
        if (signal == StopSignal::kill) {
            kill(id);
            return;
        }
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        search(id, SIGTERM);
        kill_later(place->second);
    }

    void kill(const ExecutionId& id) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        search(id, SIGKILL);
        call_later(place->second, orphan_unkillable_after, &Core::give_up);
    }

    // Its job shall not stay closed for what is stuck in the kernel.
    void give_up(const ExecutionId& id) {
        const auto place = orphans.find(id);
        if (place == orphans.end()) return;
        place->second.is_given_up = true;
        search(id, 0);
    }

    void close() {
        closed = true;
        searches.stop(std::chrono::hours(24));  // they are bounded
        for (auto& [id, orphan] : std::exchange(orphans, {})) {
            if (orphan.kill_timer) clock.cancel(*orphan.kill_timer);
            tell_lost(options, orphan.execution, *orphan.observer);
        }
    }
};

Orphans::Orphans(base::EventLoop& loop, Clock& clock, OrphanOptions options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {}

Orphans::~Orphans() { core_->close(); }

void Orphans::adopt(std::span<const Execution> executions, RunObserver& observer) {
    LeftRuns runs;
    LeftRuns ending;
    for (const Execution& execution : executions) {
        const auto user = user_of_run(execution);
        if (!user) continue;
        runs.emplace(execution.id, *user);
        if (ends_at_crash(core_->options, execution)) ending.emplace(execution.id, *user);
    }
    LivingProcesses living = orphans_of(runs);
    std::set<ExecutionId> found;
    for (const auto& [id, processes] : living) found.insert(id);
    std::erase_if(ending, [&](const auto& run) { return !living.contains(run.first); });
    const auto until = steady_clock::now() + core_->options.patience;
    LivingProcesses told = signal_orphans(ending, SIGTERM);
    while (!told.empty() && steady_clock::now() < until) {
        wait_for_an_end(told, until);
        told = orphans_of(ending);
    }
    for (const auto& [id, user] : ending) living.erase(id);
    living.merge(told);
    for (const Execution& execution : executions) {
        const auto still = living.find(execution.id);
        if (still == living.end()) {
            tell_lost(core_->options, execution, observer,
                      found.contains(execution.id) ? has_ended_since : "");
            continue;
        }
        // A function that the loop takes has to be copied: what it carries is shared.
        auto processes = std::make_shared<std::vector<LivingProcess>>(std::move(still->second));
        asio::post(core_->strand, [core = core_, execution, &observer, processes,
                                   user = runs.at(execution.id)] {
            if (core->closed) {
                tell_lost(core->options, execution, observer);
            } else {
                core->watch({execution, user, &observer, {}, std::nullopt}, std::move(*processes));
            }
        });
    }
}

void Orphans::stop(const ExecutionId& execution, StopSignal signal) {
    asio::post(core_->strand, [core = core_, execution, signal] { core->stop(execution, signal); });
}

}  // namespace quantum::run
