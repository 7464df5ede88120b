#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace quantum::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr,
                 "quantum: bug: %s does not hold at %s:%d; aborting before it can do harm\n",
                 condition, file, line);
    std::abort();
}

}  // namespace quantum::base
