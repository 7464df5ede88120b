#include "scheduler/executions/execution_ids.hpp"

#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/random.h>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

void store_big_endian(std::uint64_t value, std::uint8_t* out) {
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
    std::memcpy(out, &value, sizeof value);
}

}  // namespace

ExecutionIds::ExecutionIds(std::optional<std::uint64_t> seed) : state_(seed) {
    if (!state_ && mutated(SchedulerMutant::ids_can_be_computed)) state_ = from_kernel();
}

std::uint64_t ExecutionIds::from_kernel() {
    if (left_ == 0) {
        auto* const bytes = reinterpret_cast<std::uint8_t*>(given_.data());
        for (std::size_t filled = 0; filled < sizeof given_;) {
            const ssize_t got = getrandom(bytes + filled, sizeof given_ - filled, 0);
            if (got > 0) filled += static_cast<std::size_t>(got);
            // No kernel that runs this refuses, and an id that can be foreseen is worse than an
            // end.
            if (got <= 0 && errno != EINTR) std::abort();
        }
        left_ = given_.size();
    }
    return std::exchange(given_[--left_], 0);
}

// SplitMix64: every seed is good, one multiplication chain a number.
std::uint64_t ExecutionIds::random() {
    if (!state_) return from_kernel();
    *state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = *state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

ExecutionId ExecutionIds::next(WallTime now) {
    const auto count =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const std::uint64_t millisecond = count > 0 ? static_cast<std::uint64_t>(count) : 0;
    if (millisecond > millisecond_) {
        millisecond_ = millisecond;
        counter_ = 0;
    } else if (++counter_ > 0xFFFU) {
        ++millisecond_;  // 4096 ids in a millisecond: borrow from the next one
        counter_ = 0;
    }
    // 48 bits of time, the version, 12 bits of counter; the variant, 62 random bits.
    const std::uint64_t high = (millisecond_ << 16U) | 0x7000U | counter_;
    const std::uint64_t low = (random() & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
    ExecutionId id;
    store_big_endian(high, id.bytes.data());
    store_big_endian(low, id.bytes.data() + 8);
    return id;
}

}  // namespace quantum::scheduler
