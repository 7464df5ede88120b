#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

#include "base/mutex.hpp"
#include "run/output/line_rate_limiter.hpp"

namespace quantum::run {

/// So many bytes a line of output takes in a log, escaped, with what stands around it.
[[nodiscard]] std::size_t size_in_log(std::string_view line, std::string_view job);

/// What the log takes of one job's output: one rate for all its runs and attempts together, and so
/// much of one execution, however often it is tried.
///
/// Thread-safety: every method may be called from any thread.
class LogShare {
public:
    LogShare(const LineRate& rate, BootTime now) : rate_(rate), limiter_(rate, now) {}

    /// Whether lines of the execution are let through again, or still.
    [[nodiscard]] bool is_open(const ExecutionId& execution, BootTime now) QUANTUM_EXCLUDES(mutex_);
    /// Takes a line of this size in the log. False: it is to be left out.
    [[nodiscard]] bool admit(const ExecutionId& execution, std::size_t size)
        QUANTUM_EXCLUDES(mutex_);
    /// Nothing has come for so long that a new one would be no other.
    [[nodiscard]] bool is_whole(BootTime now) QUANTUM_EXCLUDES(mutex_);

private:
    struct Taken {
        ExecutionId execution;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] Taken& taken_by(const ExecutionId& execution) QUANTUM_REQUIRES(mutex_);

    const LineRate rate_;
    base::Mutex mutex_;  // a leaf
    LineRateLimiter limiter_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<Taken> taken_ QUANTUM_GUARDED_BY(mutex_);  ///< of the executions seen last
};

/// The shares of all jobs of one runner. Thread-safety: `of` may be called from any thread.
class LogShares {
public:
    explicit LogShares(LineRate rate) : rate_(rate) {}

    [[nodiscard]] std::shared_ptr<LogShare> of(const std::string& job, BootTime now)
        QUANTUM_EXCLUDES(mutex_);

private:
    const LineRate rate_;
    base::Mutex mutex_;  // above those of the shares
    std::map<std::string, std::shared_ptr<LogShare>> shares_ QUANTUM_GUARDED_BY(mutex_);
    std::size_t looked_through_at_ QUANTUM_GUARDED_BY(mutex_) = 64;
};

}  // namespace quantum::run
