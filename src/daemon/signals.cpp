#include "daemon/signals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr std::array answered{SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
// Those that nobody can ignore, that suspend or wake, and that do nothing unless somebody asks.
constexpr std::array left_alone{SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
                                SIGCONT, SIGCHLD, SIGURG,  SIGWINCH};
constexpr int highest_signal = 64;

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

template <std::size_t count>
bool holds(const std::array<int, count>& signals, int signal) {
    return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

/// As the kernel knows it: glibc's own call refuses the two signals that it keeps for itself, one
/// of which would end the process like any other.
struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

bool set_action(int signal, void (*handler)(int)) {
    const KernelAction action{handler, 0, nullptr, 0};
    return syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask) == 0;
}

bool is_by_default(int signal) {
    KernelAction action{};
    return syscall(SYS_rt_sigaction, signal, nullptr, &action, sizeof action.mask) == 0 &&
           action.handler == SIG_DFL;
}

bool terminal_opens() {
    return static_cast<bool>(
        base::FileDescriptor(open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)));
}

}  // namespace

Result<Signals> Signals::take_over() {
    Signals signals;
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : answered) sigaddset(&taken, signal);
    signals.descriptor_.reset(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals.descriptor_) {
        return fail(ErrorCode::io_error,
                    "cannot set up signal handling: " + std::generic_category().message(errno));
    }
    pthread_sigmask(SIG_BLOCK, &taken, &signals.mask_before_);
    for (int signal = 1; signal <= highest_signal; ++signal) {
        if (holds(answered, signal) || holds(left_alone, signal) || !is_by_default(signal)) {
            continue;
        }
        if (!mutated(DaemonMutant::signals_still_end) && set_action(signal, SIG_IGN))
            signals.ignored_ |= bit_of(signal);
    }
    signals.active_ = true;
    return signals;
}

Signals::Signals(Signals&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      mask_before_(other.mask_before_),
      ignored_(other.ignored_),
      active_(std::exchange(other.active_, false)) {}

Signals::~Signals() {
    if (!active_) return;
    // Those that came too late must not end the program once they are let through.
    while (next()) {
    }
    for (int signal = 1; signal <= highest_signal; ++signal) {
        if ((ignored_ & bit_of(signal)) != 0) set_action(signal, SIG_DFL);
    }
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::optional<int> Signals::next() {
    signalfd_siginfo info{};
    if (read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

Terminal::Terminal() : had_one_(terminal_opens()) {}

bool Terminal::has_closed() const { return had_one_ && !terminal_opens(); }

}  // namespace quantum::daemon
