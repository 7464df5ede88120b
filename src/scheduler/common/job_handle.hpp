#pragma once

#include <cstdint>

namespace quantum::scheduler {

/// Names a job inside the pipeline in 4 bytes: an index in a table and the generation of who has
/// it.
///
/// A name keeps its index over every change of its definition; an index that was given up comes
/// back under the next generation, so that a late message never means the wrong job.
enum class JobHandle : std::uint32_t {};

/// How many indexes there are, `orphans_index` included. One less than 24 bits could say: FlatIndex
/// has a use of its own for the last number.
inline constexpr std::uint32_t most_job_indexes = (1U << 24U) - 1;
/// Stands for jobs that are gone but have open entries from before the start.
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
