#include "run/process/child_exit.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

std::string signal_text(int signal) {
    const char* name = sigabbrev_np(signal);
    return "signal " + std::to_string(signal) +
           (name != nullptr ? " (SIG" + std::string(name) + ")" : "");
}

Duration duration_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

std::optional<ChildExit> reap_child(pid_t child, int options) {
    siginfo_t ended{};
    rusage used{};
    long result = 0;
    do {
        // glibc's waitid leaves out the last argument.
        result = syscall(SYS_waitid, P_PID, child, &ended, WEXITED | options, &used);
    } while (result < 0 && errno == EINTR);
    if (result == 0 && ended.si_pid == 0) return std::nullopt;
    return ChildExit{result == 0 ? ended.si_code : 0, ended.si_status,
                     duration_of(used.ru_utime) + duration_of(used.ru_stime),
                     static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

bool is_dead(pid_t child) {
    siginfo_t ended{};
    const int asked = waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
    return asked != 0 || ended.si_pid != 0;
}

std::string seconds_text(Duration duration) {
    std::string text = std::to_string(duration.count() / 1'000'000);
    if (const auto micros = duration.count() % 1'000'000; micros != 0) {
        std::string fraction = std::to_string(micros);
        fraction.insert(0, 6 - fraction.size(), '0');
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += '.' + fraction;
    }
    return text + "s";
}

void report_exit(Outcome& outcome, const ChildExit& exit, Ending ending, const Command& command) {
    const auto [code, status, cpu, peak_memory] = exit;
    outcome.cpu = cpu;
    outcome.peak_memory = peak_memory;
    std::string how;
    if (code == CLD_EXITED) {
        outcome.exit_code = status;
        const auto& good = command.success_codes;
        const bool success = mutated(RunMutant::other_codes_fail)
                                 ? status == 0
                                 : std::find(good.begin(), good.end(), status) != good.end();
        if (mutated(RunMutant::success_after_term) && success) ending = Ending::by_itself;
        if (!success || ending != Ending::by_itself) how = "exit code " + std::to_string(status);
    } else if (code == CLD_KILLED || code == CLD_DUMPED) {
        outcome.signal = status;
        how = signal_text(status) + (code == CLD_DUMPED ? ", core dumped" : "");
    } else {
        outcome.kind = OutcomeKind::lost;
        outcome.reason = "its exit status was collected by another part of this program";
        return;
    }
    switch (ending) {
        case Ending::by_itself:
            outcome.kind = how.empty() ? OutcomeKind::succeeded : OutcomeKind::failed;
            outcome.reason = how;
            return;
        case Ending::by_timeout:
            outcome.kind = OutcomeKind::timed_out;
            outcome.reason = "timeout of " + seconds_text(command.timeout.value_or(Duration{}));
            break;
        case Ending::by_request:
            outcome.kind = OutcomeKind::killed;
            outcome.reason = "terminated on request";
            break;
    }
    outcome.reason += ": " + how;
}

}  // namespace quantum::run
