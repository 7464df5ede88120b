#pragma once

#include <csignal>
#include <cstdint>
#include <optional>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::daemon {

/// Takes over the signals of a daemon's process: those that it handles (TERM, INT, QUIT, HUP, USR1
/// and USR2) are received through a descriptor instead of interrupting anything, and all others
/// that would end the process are ignored. Exceptions: KILL, which cannot be handled; STOP, TSTP,
/// TTIN and TTOU, which suspend it until CONT like any program; signals ignored by default; and
/// those handled by somebody else, such as a sanitizer. The program's own faults still end it,
/// because the kernel delivers them regardless. Everything is restored at the end.
///
/// Must be created before any thread is started, on the thread that will read it.
class Signals {
public:
    [[nodiscard]] static Result<Signals> take_over();
    ~Signals();
    Signals(Signals&& other) noexcept;
    Signals& operator=(Signals&&) = delete;
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Readable while a signal is pending.
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

    /// The next pending signal, if any.
    [[nodiscard]] std::optional<int> next();

private:
    Signals() = default;

    base::FileDescriptor descriptor_;
    sigset_t mask_before_{};
    std::uint64_t ignored_ = 0;  // one bit per signal, starting with signal 1
    bool active_ = false;
};

/// Distinguishes a HUP that requests a reload from one caused by a closed terminal.
class Terminal {
public:
    Terminal();

    /// True if this process had a terminal when it started and no longer has it.
    [[nodiscard]] bool has_closed() const;

private:
    bool had_one_;
};

}  // namespace quantum::daemon
