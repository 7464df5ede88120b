#pragma once

#include <cstdint>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

namespace quantum::scheduler {

/// Makes execution ids: UUIDv7 from the wall clock and a seeded generator.
///
/// Ids of one generator rise strictly, also within a millisecond and when the clock is set back.
/// Owned by one stage; not thread-safe. A call takes a few nanoseconds and reads no clock.
class ExecutionIds {
public:
    explicit ExecutionIds(std::uint64_t seed);

    [[nodiscard]] ExecutionId next(WallTime now);

private:
    std::uint64_t random();

    std::uint64_t state_;
    std::uint64_t millisecond_ = 0;
    std::uint32_t counter_ = 0;
};

}  // namespace quantum::scheduler
