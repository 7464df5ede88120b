#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"

#include "model/common_parts.hpp"

namespace quantum::scheduler {

/// Lets jobs that were created separately share what they have in common: a million jobs parsed
/// individually from a thousand texts have a thousand schedules.
///
/// Remembers recent values only, so that its own size is bounded; anything forgotten is merely
/// stored twice. Owned by one stage; not thread-safe.
class JobInterner {
public:
    /// Gives the parts as they were: what the job's maker allocated lies among all that is dropped
    /// with the request, and is to go with that. Gone before, its address would be taken by what
    /// stays, which would hold a page each. Where the maker's command stays the name beside it
    /// does too: then there is none.
    [[nodiscard]] Job merge(Job& job);

private:
    void merge_schedule(Schedule& schedule);

    static constexpr std::size_t most_schedules = 4096;

    std::array<std::optional<Schedule>, most_schedules> schedules_{};
    model::CommonParts common_;
};

}  // namespace quantum::scheduler
