#include "daemon/orphan_reaper.hpp"

#include <algorithm>
#include <csignal>

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "run/process/reap_reservation.hpp"

namespace quantum::daemon {
namespace {

// Every end of a run tells of a child too; so often is often enough.
constexpr Duration rest = std::chrono::seconds(1);

}  // namespace

OrphanReaper::OrphanReaper() {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    signals_.reset(signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC));
    pthread_sigmask(SIG_BLOCK, &child, nullptr);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int OrphanReaper::timeout_ms(BootTime now) const {
    if (!rests_until_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*rests_until_ - now);
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void OrphanReaper::look(BootTime now) {
    if (rests_until_ && now < *rests_until_) return;
    rests_until_.reset();
    signalfd_siginfo info{};
    bool ended = false;
    while (read(signals_.get(), &info, sizeof info) == sizeof info) ended = true;
    if (!ended) return;
    run::reap_orphans();
    rests_until_ = now + rest;
}

}  // namespace quantum::daemon
