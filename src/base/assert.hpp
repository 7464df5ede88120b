#pragma once

namespace quantum {

/// Ends the program: an invariant does not hold, and whatever came next might start a run twice or
/// lose a due time. Names the place on standard error first.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace quantum

#ifdef __FILE_NAME__
#define QUANTUM_FILE_NAME __FILE_NAME__
#else
#define QUANTUM_FILE_NAME __FILE__
#endif

/// States what must hold here, whatever users, files, clocks and storages do; on in every build. A
/// condition that outside events can break is an error to be handled, and does not belong here.
#define QUANTUM_ASSERT(condition) \
    (static_cast<bool>(condition) \
         ? static_cast<void>(0)   \
         : ::quantum::assertion_failed(#condition, QUANTUM_FILE_NAME, __LINE__))
