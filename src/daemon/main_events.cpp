#include "daemon/main_events.hpp"

#include <array>
#include <csignal>

#include <poll.h>

namespace quantum::daemon {

std::optional<int> MainEvents::next_signal() {
    if (put_off_.empty()) return signals_.next();
    const int first = put_off_.front();
    put_off_.pop_front();
    return first;
}

bool MainEvents::ends_program(int signal) const {
    if (signal == SIGHUP)
        return terminal_.has_closed() && !mutated(DaemonMutant::closed_terminal_reloads);
    return (signal != SIGUSR1 || mutated(DaemonMutant::usr1_ends_it)) && signal != SIGUSR2;
}

void MainEvents::put_off_signals() {
    while (const auto signal = signals_.next()) {
        if (!mutated(DaemonMutant::signal_during_a_call_lost)) put_off_.push_back(*signal);
    }
}

void MainEvents::sleep() {
    std::array<pollfd, 3> sources{{{.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
                                   {.fd = wakeup_.descriptor(), .events = POLLIN, .revents = 0},
                                   {.fd = orphan_reaper_ ? orphan_reaper_->descriptor() : -1,
                                    .events = POLLIN,
                                    .revents = 0}}};
    int timeout_ms = orphan_reaper_ ? orphan_reaper_->timeout_ms(clock_.boot_now()) : -1;
    if (wakes_every_second_) timeout_ms = 1000;
    timeout_ms = memory_sweep_.timeout_ms(clock_.boot_now(), timeout_ms);
    poll(sources.data(), sources.size(), timeout_ms);
    wakeup_.silence();
    if (orphan_reaper_) orphan_reaper_->look(clock_.boot_now());
    memory_sweep_.look(clock_.boot_now());
}

}  // namespace quantum::daemon
