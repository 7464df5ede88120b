#pragma once

#include <cstddef>  // which tells the C library

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace quantum {

/// What a hundred thousand jobs were made of before they were taken over is free, but lies in the
/// allocator; the system gets it back in one sweep. Takes milliseconds where there is much.
inline void give_memory_back() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/// For a whole program: large tables are mapped apart and go back when they are freed, and so does
/// the end of each thread's heap. Left to itself the allocator keeps as much as it once had to map.
inline void settle_allocator() {
#ifdef __GLIBC__
    constexpr int large = 128 * 1024;  // what glibc begins with
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
#endif
}

}  // namespace quantum
