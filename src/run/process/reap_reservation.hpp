#pragma once

#include <cstddef>
#include <list>
#include <optional>

#include <sys/types.h>

namespace quantum {

/// The number of one child that this process has started and somebody in it waits for.
///
/// Where a process reaps what others left to it (as process 1, or as a subreaper), these it must
/// leave alone, or their exit status is lost.
///
/// Thread-safety: one object as any value; several from any threads.
class ReapReservation {
public:
    ReapReservation();
    ~ReapReservation() { forget(); }
    ReapReservation(ReapReservation&& other) noexcept;
    ReapReservation& operator=(ReapReservation&& other) noexcept;
    ReapReservation(const ReapReservation&) = delete;
    ReapReservation& operator=(const ReapReservation&) = delete;

    /// Where the child itself writes its number before it can end, in memory that it shares.
    [[nodiscard]] pid_t* number() { return &**cell_; }

private:
    void forget();
    std::optional<std::list<pid_t>::iterator> cell_;
};

/// True for an ReapReservation that runs, or has not been reaped.
[[nodiscard]] bool is_own_child(pid_t pid);

/// Reaps every child that has ended and is no ReapReservation; gives how many those were.
std::size_t reap_orphans();

}  // namespace quantum
