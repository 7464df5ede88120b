#pragma once

#include <cstddef>
#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace quantum::test {

/// Whether `bytes_in_use` tells anything: a sanitizer has an allocator of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool counts_memory = false;
#else
inline constexpr bool counts_memory = true;
#endif

/// What the allocator has handed out, its own words and roundings included.
[[nodiscard]] inline std::size_t bytes_in_use() {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/// What this process holds when the allocator has given back all that it can.
[[nodiscard]] inline std::size_t resident_bytes() {
    malloc_trim(0);
    std::size_t pages = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace quantum::test
