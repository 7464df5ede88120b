#pragma once

#include <optional>
#include <string>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/shared.hpp"

namespace quantum {

/// The parts of a job that others may hold as well, for those who bring holders together.
struct JobParts {
    [[nodiscard]] static std::string& name(Job& job) { return job.name_; }
    [[nodiscard]] static std::optional<Schedule>& schedule(Job& job) { return job.schedule_; }
    [[nodiscard]] static Shared<JobPolicy>& policy(Job& job) { return job.policy_; }
    [[nodiscard]] static const JobPolicy& standard_policy() { return Job::standard_policy; }
};

}  // namespace quantum
