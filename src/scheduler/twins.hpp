#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/shared.hpp"

namespace quantum::scheduler {

/// Lets jobs that were made apart share what they say alike: a million jobs parsed one by one from
/// a thousand texts hold a thousand schedules.
///
/// Remembers some that came lately, so that its own size is bounded; one that it has forgotten is
/// merely held twice. Owned by one stage; not thread-safe.
class Twins {
public:
    void merge(Job& job);

private:
    void merge_schedule(Schedule& schedule);
    void merge_policy(Shared<JobPolicy>& policy);

    static constexpr std::size_t most_schedules = 4096;
    static constexpr std::size_t most_policies = 16;

    std::array<std::optional<Schedule>, most_schedules> schedules_{};
    std::array<Shared<JobPolicy>, most_policies> policies_{};
    std::size_t oldest_ = 0;
};

}  // namespace quantum::scheduler
