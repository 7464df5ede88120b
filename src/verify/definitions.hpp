#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/reference_schedule.hpp"

namespace quantum::verify {

/// The definitions of a job, read by the slow engine.
class Definitions {
public:
    /// `revisions` in the order in which they were stored; kept by reference.
    Definitions(const std::vector<JobRevision>& revisions, ReferenceLibrary& library);

    /// Why the job cannot be checked; empty if it can.
    [[nodiscard]] const std::string& problem() const { return problem_; }

    /// How many jobs with this name there have been: a name that is deleted and added again is a
    /// new job.
    [[nodiscard]] std::size_t lives() const;

    /// The shortest and the longest grace that the documentation can mean for this due time.
    struct Grace {
        Duration shortest;
        Duration longest;
    };
    [[nodiscard]] Grace grace(std::size_t revision, WallTime due) const;

    /// True if the definition names the instant, whether it was in force or not.
    [[nodiscard]] bool names(std::size_t revision, WallTime due) const;
    [[nodiscard]] bool is_reboot(std::size_t revision) const;

    struct Definition {
        std::vector<std::shared_ptr<const ReferenceSchedule>> schedules;
        WallTime anchor;
    };
    /// By the index of the revision.
    [[nodiscard]] const Definition& at(std::size_t revision) const { return read_[revision]; }
    [[nodiscard]] const std::vector<JobRevision>& revisions() const { return revisions_; }

private:
    [[nodiscard]] std::optional<WallTime> next_within_a_day(std::size_t revision,
                                                            WallTime due) const;

    const std::vector<JobRevision>& revisions_;
    std::vector<Definition> read_;
    std::string problem_;
};

}  // namespace quantum::verify
