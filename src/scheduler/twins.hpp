#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/shared.hpp"

#include "scheduler/job_parts.hpp"

namespace quantum::scheduler {

/// Lets jobs that were made apart share what they say alike: a million jobs parsed one by one from
/// a thousand texts hold a thousand schedules.
///
/// Remembers some that came lately, so that its own size is bounded; one that it has forgotten is
/// merely held twice. Owned by one stage; not thread-safe.
class Twins {
public:
    /// Gives the name as it was: what its maker allocated for it lies among all that is dropped
    /// with the request, and is to go with that. Gone before, its place would be taken by what
    /// stays.
    [[nodiscard]] std::string merge(Job& job);

private:
    void merge_schedule(Schedule& schedule);
    void merge_rare(Shared<JobParts::Rare>& rare);

    static constexpr std::size_t most_schedules = 4096;
    static constexpr std::size_t most_rares = 16;

    std::array<std::optional<Schedule>, most_schedules> schedules_{};
    std::array<Shared<JobParts::Rare>, most_rares> rares_{};
    std::size_t oldest_ = 0;
};

}  // namespace quantum::scheduler
