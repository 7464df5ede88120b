#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

namespace quantum::scheduler {

/// Creates execution IDs: UUIDv7 from the wall clock and 62 random bits.
///
/// Without a seed, the bits come from the kernel: whoever has seen IDs, as jobs do, cannot predict
/// any of the next. With a seed, for simulations, they come from a generator.
///
/// IDs from one generator are strictly increasing, even within a millisecond and when the clock is
/// set back. Owned by one stage; not thread-safe. A call takes a few nanoseconds (the kernel is
/// asked once for 512) and reads no clock.
class ExecutionIds {
public:
    explicit ExecutionIds(std::optional<std::uint64_t> seed);

    [[nodiscard]] ExecutionId next(WallTime now);

private:
    std::uint64_t random();
    std::uint64_t from_kernel();

    static constexpr std::size_t asked_at_once = 512;

    std::optional<std::uint64_t> state_;  ///< of the generator
    std::array<std::uint64_t, asked_at_once> given_{};
    std::size_t left_ = 0;  ///< of `given_`, from its begin
    std::uint64_t millisecond_ = 0;
    std::uint32_t counter_ = 0;
};

}  // namespace quantum::scheduler
