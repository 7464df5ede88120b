#include "daemon/orderly_stop.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include "daemon/mutant.hpp"

namespace quantum::daemon {

namespace {

// As good as for ever, and a duration that can be added to.
constexpr Duration no_end = std::chrono::hours(24 * 366);

}  // namespace

void OrderlyStop::log(const StopOrder& order) {
    LogLine line = logger_.line(LogLevel::info, "stopping");
    if (order.signal != 0) {
        line.text("signal", sigabbrev_np(order.signal));
    } else {
        line.text("asked_by", order.actor);
    }
    if (order.patience) line.duration("grace", *order.patience);
    logger_.write(line);
}

bool OrderlyStop::run(Scheduler& scheduler, const StopOrder& order) {
    log(order);
    drain(scheduler, order.patience.value_or(no_end));
    while (!has_drained_.load()) {
        events_.wait();
        requests_.refuse_all();
        while (const auto another = events_.next_signal()) answer(scheduler, *another);
        if (scheduler.state() == SchedulerState::failed) return false;
    }
    const StopReport report = report_;
    const bool stopped = scheduler.stop(Duration::zero()).has_value();
    if ((!stopped || scheduler.state() == SchedulerState::failed) &&
        !mutated(DaemonMutant::failure_while_stopping_is_success))
        return false;
    if (report.unstored > 0) {
        logger_.warn("the storage rejected the ends of " + std::to_string(report.unstored) +
                     " runs; the next start records them as lost");
    }
    LogLine end = logger_.line(LogLevel::info, "quantum stopped");
    end.number("ended_by_force", static_cast<std::int64_t>(report.ended_by_force))
        .number("lost", static_cast<std::int64_t>(report.lost));
    logger_.write(end);
    return true;
}

void OrderlyStop::answer(Scheduler& scheduler, int signal) {
    if (signal == SIGUSR1) {
        report_state_();
    } else if ((signal == SIGHUP || signal == SIGUSR2) &&
               !mutated(DaemonMutant::reload_in_drain_kills)) {
        if (!events_.terminal_has_closed())
            logger_.warn("already stopping; files are not reloaded");
    } else {
        logger_.warn("stopping at once");
        drain(scheduler, mutated(DaemonMutant::second_signal_waits) ? options_.shutdown_grace
                                                                    : Duration::zero());
    }
}

void OrderlyStop::drain(Scheduler& scheduler, Duration patience) {
    scheduler.drain(patience, [this](Result<StopReport> report) {
        if (has_drained_.load()) return;
        if (report) report_ = *report;
        has_drained_.store(true);
        wakeup_.ring();
    });
}

}  // namespace quantum::daemon
