#pragma once

namespace quantum::base {

/// Aborts the program because an invariant does not hold, and continuing might start a run twice or
/// lose a due time. First prints the location to standard error.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace quantum::base

#ifdef __FILE_NAME__
#define QUANTUM_FILE_NAME __FILE_NAME__
#else
#define QUANTUM_FILE_NAME __FILE__
#endif

/// Asserts what must hold regardless of users, files, clocks and storages; enabled in every build.
/// A condition that external events can violate is an error to be handled instead.
#define QUANTUM_ASSERT(condition) \
    (static_cast<bool>(condition) \
         ? static_cast<void>(0)   \
         : ::quantum::base::assertion_failed(#condition, QUANTUM_FILE_NAME, __LINE__))
