#include "base/futex.hpp"

#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace quantum::base {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
              std::atomic<std::uint32_t>::is_always_lock_free);

long futex(const std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) {
    return syscall(SYS_futex, &word, operation, value, timeout, nullptr, 0);
}

}  // namespace

bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value, Duration timeout) {
    if (timeout == Duration::max()) {
        static_cast<void>(futex(word, FUTEX_WAIT_PRIVATE, value, nullptr));
        return true;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
    const std::chrono::nanoseconds rest = timeout - seconds;
    const timespec limit{static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
    return futex(word, FUTEX_WAIT_PRIVATE, value, &limit) == 0 || errno != ETIMEDOUT;
}

void futex_wake_all(const std::atomic<std::uint32_t>& word) {
    static_cast<void>(futex(word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr));
}

}  // namespace quantum::base
