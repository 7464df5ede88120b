#include "daemon/signals.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace quantum {
namespace {

bool terminal_opens() {
    return static_cast<bool>(FileDescriptor(open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)));
}

}  // namespace

Result<Signals> Signals::take_over() {
    Signals signals;
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&taken, signal);
    signals.descriptor_.reset(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals.descriptor_) {
        return fail(ErrorCode::io_error,
                    "cannot take over signals: " + std::generic_category().message(errno));
    }
    pthread_sigmask(SIG_BLOCK, &taken, &signals.mask_before_);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &signals.pipe_before_);
    signals.active_ = true;
    return signals;
}

Signals::Signals(Signals&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      mask_before_(other.mask_before_),
      pipe_before_(other.pipe_before_),
      active_(std::exchange(other.active_, false)) {}

Signals::~Signals() {
    if (!active_) return;
    // Those that came too late must not end the program once they are let through.
    while (next()) {
    }
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::optional<int> Signals::next() {
    signalfd_siginfo info{};
    if (read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

Terminal::Terminal() : had_one_(terminal_opens()) {}

bool Terminal::has_closed() const { return had_one_ && !terminal_opens(); }

}  // namespace quantum
