#pragma once

#include "quantum/execution.hpp"

namespace quantum::scheduler {

/// Asks for what of a job is looked at, and counted up or down, shortly after: another thread may
/// have had it in its hands just now, and then it takes its time to come.
inline void prefetch(const JobRef& job) {
    constexpr int to_write = 1;
    const char* const begin = reinterpret_cast<const char*>(job.get());
    if (begin == nullptr) return;
    __builtin_prefetch(begin + sizeof(Job) / 2);
    __builtin_prefetch(begin + sizeof(Job), to_write);  // its holders
}

}  // namespace quantum::scheduler
