#pragma once

#include <string>

#include <shadow.h>

#include "quantum/result.hpp"

namespace quantum::run {

/// Why an account must not be used on the day `today`, counted from 1970: it has expired, or its
/// password has. Empty: it may be used. The same rules as those of pam_unix for cron: a locked
/// password alone does not matter, because service accounts have none.
[[nodiscard]] std::string expiry_fault(const spwd& account, long today);

/// The same for a user of this machine, according to its shadow file; users that are not in it are
/// accepted.
/// Errors: `invalid_argument` with the reason; `io_error` if it cannot be determined.
[[nodiscard]] Status check_expiry(const std::string& user);

}  // namespace quantum::run
