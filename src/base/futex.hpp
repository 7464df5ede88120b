#pragma once

#include <atomic>
#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum::base {

/// Sleeps while `word` contains `value`, until it is woken, at most `timeout` of real time
/// (`Duration::max()`: without a limit). Returns false if the time is over. May also return true
/// for no reason: look at the word again.
///
/// What `std::atomic::wait` does, with a limit; the two do not wake each other.
bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value, Duration timeout);

/// Wakes all that sleep on `word`. They need not exist any more.
void futex_wake_all(const std::atomic<std::uint32_t>& word);

}  // namespace quantum::base
