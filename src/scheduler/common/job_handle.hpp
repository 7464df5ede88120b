#pragma once

#include <cstdint>

namespace quantum::scheduler {

/// Identifies a job inside the pipeline in 4 bytes: an index in a table and the generation of its
/// user.
///
/// A name keeps its index across changes of its definition. An index that was released is reused
/// with the next generation, so that a late message never refers to the wrong job.
enum class JobHandle : std::uint32_t {};

/// The number of indexes, including `orphans_index`. One less than fits into 24 bits, because
/// FlatIndex reserves the last number.
inline constexpr std::uint32_t most_job_indexes = (1U << 24U) - 1;
/// Represents jobs that are gone but have open entries from before the start.
inline constexpr std::uint32_t orphans_index = 0;

[[nodiscard]] constexpr JobHandle make_handle(std::uint32_t index, std::uint8_t generation) {
    return static_cast<JobHandle>((std::uint32_t{generation} << 24U) | index);
}
[[nodiscard]] constexpr std::uint32_t index_of(JobHandle handle) {
    return static_cast<std::uint32_t>(handle) & 0x00FFFFFFU;
}
[[nodiscard]] constexpr std::uint8_t generation_of(JobHandle handle) {
    return static_cast<std::uint8_t>(static_cast<std::uint32_t>(handle) >> 24U);
}

}  // namespace quantum::scheduler
