#pragma once

#include <cstddef>

#include <malloc.h>

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

}  // namespace quantum::test
