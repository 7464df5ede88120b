#include "daemon/main_events.hpp"

#include <csignal>
#include <vector>

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
    const BootTime now = clock_.boot_now();
    std::vector<pollfd> polled;
    const auto add = [&polled](int descriptor) {
        polled.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
    };
    add(signals_.descriptor());
    add(wakeup_.descriptor());
    add(orphan_reaper_ ? orphan_reaper_->descriptor() : -1);
    int timeout_ms = orphan_reaper_ ? orphan_reaper_->timeout_ms(now) : -1;
    if (wakes_every_second_) timeout_ms = 1000;
    timeout_ms = memory_sweep_.timeout_ms(now, timeout_ms);
    for (const MainSource* const source : others_) {
        add(source->descriptor());
        timeout_ms = source->timeout_ms(now, timeout_ms);
    }
    poll(polled.data(), polled.size(), timeout_ms);
    wakeup_.silence();
    if (orphan_reaper_) orphan_reaper_->look(clock_.boot_now());
    memory_sweep_.look(clock_.boot_now());
    for (MainSource* const source : others_) source->look(clock_.boot_now());
}

}  // namespace quantum::daemon
