#pragma once

#include <cstddef>
#include <list>
#include <optional>

#include <sys/types.h>

namespace quantum::run {

/// Reserves the process ID of a child that this process has started and waits for.
///
/// A process that reaps orphans (as process 1, or as a subreaper) must leave these children alone,
/// or their exit status is lost.
///
/// Thread-safety: a single object like any value; different objects from any threads.
class ReapReservation {
public:
    ReapReservation();
    ~ReapReservation() { forget(); }
    ReapReservation(ReapReservation&& other) noexcept;
    ReapReservation& operator=(ReapReservation&& other) noexcept;
    ReapReservation(const ReapReservation&) = delete;
    ReapReservation& operator=(const ReapReservation&) = delete;

    /// Where the child itself writes its process ID before it can end, in shared memory.
    [[nodiscard]] pid_t* number() { return &**cell_; }

private:
    void forget();
    std::optional<std::list<pid_t>::iterator> cell_;
};

/// True for the child of a ReapReservation that is running or has not been reaped.
[[nodiscard]] bool is_own_child(pid_t pid);

/// Reaps every child that has ended and has no ReapReservation; returns how many there were.
std::size_t reap_orphans();

}  // namespace quantum::run
