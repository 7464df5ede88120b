#pragma once

#include <cstdint>

namespace quantum::scheduler {

/// Names a job inside the pipeline in 4 bytes: a place in a table and the generation of who has it.
///
/// A name keeps its place over every change of its definition; a place that was given up comes back
/// under the next generation, so that a late message never means the wrong job.
enum class JobHandle : std::uint32_t {};

inline constexpr std::uint32_t most_jobs = 1U << 24U;
/// Stands for jobs that are gone but have open entries from before the start.
inline constexpr std::uint32_t orphans_place = 0;

[[nodiscard]] constexpr JobHandle make_handle(std::uint32_t place, std::uint8_t generation) {
    return static_cast<JobHandle>((std::uint32_t{generation} << 24U) | place);
}
[[nodiscard]] constexpr std::uint32_t place_of(JobHandle handle) {
    return static_cast<std::uint32_t>(handle) & (most_jobs - 1);
}
[[nodiscard]] constexpr std::uint8_t generation_of(JobHandle handle) {
    return static_cast<std::uint8_t>(static_cast<std::uint32_t>(handle) >> 24U);
}

}  // namespace quantum::scheduler
