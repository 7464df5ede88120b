#pragma once

#include <array>
#include <cstddef>

#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"

#include "model/job_parts.hpp"
#include "model/packed_command.hpp"

namespace quantum::model {

/// Lets jobs that were created separately share what they have in common, except schedules:
/// policies, the common parts of commands, the file they come from.
///
/// Remembers recent values only, so that its own size is bounded; anything forgotten is merely
/// stored twice. Not thread-safe.
class CommonParts {
public:
    /// Returns true if the job's command was already shared.
    bool share(Job& job);

private:
    void share_extras(Shared<JobParts::Extras>& extras);
    void share_origin(JobOrigin& origin);

    static constexpr std::size_t most = 16;

    CommonCommands commands_;
    std::array<Shared<JobParts::Extras>, most> all_extras_{};
    std::array<JobOrigin, most> origins_{};
    std::size_t oldest_rare_ = 0;
    std::size_t oldest_origin_ = 0;
};

}  // namespace quantum::model
