#pragma once

#include <cstddef>  // which tells the C library

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace quantum::base {

/// Returns free memory in the allocator to the system in one sweep, for example after the input for
/// a hundred thousand jobs has been converted and freed. Takes milliseconds if there is a lot.
inline void give_memory_back() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/// For a whole program: large tables are mapped separately and returned when they are freed, as is
/// the end of each thread's heap. By default, the allocator keeps as much as it once had to map.
inline void settle_allocator() {
#ifdef __GLIBC__
    constexpr int large = 128 * 1024;  // glibc's initial value
    // NOLINTBEGIN(concurrency-mt-unsafe): called before any thread starts
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
    // NOLINTEND(concurrency-mt-unsafe)
#endif
}

}  // namespace quantum::base
