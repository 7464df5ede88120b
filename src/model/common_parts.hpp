#pragma once

#include <array>
#include <cstddef>

#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"

#include "model/job_parts.hpp"
#include "model/packed_command.hpp"

namespace quantum {

/// Lets jobs that were made apart share what they say alike, but for their schedules: policies,
/// what their commands have in common, the file they come from.
///
/// Remembers what came lately, so that its own size is bounded; what it has forgotten is merely
/// held twice. Not thread-safe.
class CommonParts {
public:
    /// True: the job's command is held where it was, by those who share already.
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

}  // namespace quantum
