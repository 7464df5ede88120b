#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/reference_schedule.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// One due time of a job, by the definition that was in force.
struct Slot {
    WallTime due;
    std::uint32_t revision = 0;  ///< index into the job's revisions
    bool gap_row = false;        ///< no run but the row skipped(dst_gap)
    bool paused = false;         ///< inside a pause: a row is welcome, a run is not
    bool optional = false;       ///< on the edge of two definitions: a row is welcome
    bool running = false;        ///< goes on at once when the clock is set back
    /// The clock was set back over a change of the definition here: which one an entry belongs to
    /// cannot be told from wall times.
    bool crossed = false;
};

/// All due times of one job, from its definitions alone.
class JobSlots {
public:
    /// `revisions` in the order they were stored; kept by reference.
    JobSlots(const std::vector<JobRevision>& revisions, const Timeline& timeline,
             std::optional<WallTime> retained_from, ReferenceLibrary& library);

    /// Why the job cannot be judged; empty if it can.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
    /// How many jobs of this name there were, one after the other: a name that is deleted and added
    /// again is a new job.
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

private:
    struct Definition {
        std::vector<std::shared_ptr<const ReferenceSchedule>> schedules;
        WallTime anchor;
    };

    void add_slots(std::size_t revision, WallTime from, WallTime to, bool optional);
    void join_boundaries();
    [[nodiscard]] std::optional<WallTime> next_within_a_day(std::size_t revision,
                                                            WallTime due) const;

    const std::vector<JobRevision>& revisions_;
    std::vector<Definition> definitions_;
    std::vector<Slot> slots_;
    std::string problem_;
};

}  // namespace quantum::verify
