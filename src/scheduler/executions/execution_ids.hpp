#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

namespace quantum::scheduler {

/// Makes execution ids: UUIDv7 from the wall clock and 62 random bits.
///
/// Without a seed the bits are the kernel's: whoever has seen ids, which jobs do, can compute none
/// of the next. With one, which simulations have, they are those of a generator.
///
/// Ids of one generator rise strictly, also within a millisecond and when the clock is set back.
/// Owned by one stage; not thread-safe. A call takes a few nanoseconds (the
/// kernel is asked once for 512) and reads no clock.
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
