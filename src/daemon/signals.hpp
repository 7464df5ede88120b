#pragma once

#include <csignal>
#include <cstdint>
#include <optional>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// Takes over the signals of a daemon's process: those that it answers (TERM, INT, QUIT, HUP, USR1
/// and USR2) arrive in a descriptor instead of interrupting anything, and all others that would end
/// the process are ignored. What is left alone: KILL, which nobody can help; STOP, TSTP, TTIN and
/// TTOU, which suspend it until CONT as they do every program; what is ignored by default; and what
/// somebody else handles, a sanitizer say. A fault of the program's own ends it all the same: the
/// kernel asks nobody then. Everything is put back in the end.
///
/// Make it before any thread is started, on the thread that is to read it.
class Signals {
public:
    [[nodiscard]] static Result<Signals> take_over();
    ~Signals();
    Signals(Signals&& other) noexcept;
    Signals& operator=(Signals&&) = delete;
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Readable while a signal waits.
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

    /// The next signal that waits, if one does.
    [[nodiscard]] std::optional<int> next();

private:
    Signals() = default;

    FileDescriptor descriptor_;
    sigset_t mask_before_{};
    std::uint64_t ignored_ = 0;  // a bit each, from signal 1 on
    bool active_ = false;
};

/// Tells a HUP that says "read your files again" from one that says "your terminal is gone".
class Terminal {
public:
    Terminal();

    /// True if this process had a terminal when it began and has it no more.
    [[nodiscard]] bool has_closed() const;

private:
    bool had_one_;
};

}  // namespace quantum
