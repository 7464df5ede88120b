#pragma once

#include "quantum/execution.hpp"

namespace quantum::scheduler {

/// Prefetches the parts of a job that are read, and whose reference count is changed, shortly
/// afterwards: another thread may have just used them, and loading them then takes time.
inline void prefetch(const JobRef& job) {
    constexpr int to_write = 1;
    const char* const begin = reinterpret_cast<const char*>(job.get());
    if (begin == nullptr) return;
    __builtin_prefetch(begin + sizeof(Job) / 2);
    __builtin_prefetch(begin + sizeof(Job), to_write);  // its reference count
}

}  // namespace quantum::scheduler
