#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cctz/time_zone.h>

#include "quantum/verify.hpp"

#include "verify/reference_text.hpp"

// Finds due times by examining every second that could match, one civil day after the other. The
// rules for offset changes are implemented independently, directly from the documentation.
namespace quantum::verify {

struct ReferenceSlot {
    WallTime due;
    bool gap_row = false;  ///< no run: the place of a skipped(dst_gap) row

    friend auto operator<=>(const ReferenceSlot&, const ReferenceSlot&) = default;
};

class ReferenceSchedule {
public:
    /// Null if the text or the zone cannot be read; `problem` says why.
    [[nodiscard]] static std::shared_ptr<const ReferenceSchedule> read(const ScheduleText& text,
                                                                       std::string& problem);

    /// All slots in [from, to], in order. `anchor` counts for intervals only; they have none at or
    /// before it, unless the clock was `set_back` to there.
    [[nodiscard]] std::vector<ReferenceSlot> slots(WallTime from, WallTime to, WallTime anchor,
                                                   bool set_back = false) const;

    [[nodiscard]] bool is_reboot() const { return rule_.reboot; }
    /// True if it continues at once when the clock is set back: the hour is running, or it is an
    /// interval.
    [[nodiscard]] bool is_running() const { return rule_.every || rule_.hour_running; }

private:
    [[nodiscard]] std::vector<ReferenceSlot> all_slots(WallTime from, WallTime to, WallTime anchor,
                                                       bool set_back) const;
    [[nodiscard]] bool is_left_out(WallTime due) const;
    // For a day at the edge, only the hours that may be within the range.
    void add_day(cctz::civil_day day, const std::optional<std::pair<WallTime, WallTime>>& within,
                 std::vector<ReferenceSlot>& found) const;
    [[nodiscard]] bool may_lie_in(const cctz::civil_hour& hour, WallTime from, WallTime to) const;
    void add_second(const cctz::civil_second& local, std::vector<ReferenceSlot>& found) const;

    ReferenceRule rule_;
    cctz::time_zone zone_;
    DstPolicy dst_;
    std::optional<WallTime> from_;
    std::optional<WallTime> until_;
    std::vector<std::chrono::year_month_day> left_out_;
    cctz::time_zone left_out_zone_;
};

/// Schedules by their text, so that a thousand jobs with the same text are parsed once.
class ReferenceLibrary {
public:
    [[nodiscard]] std::shared_ptr<const ReferenceSchedule> find(const ScheduleText& text,
                                                                std::string& problem);

private:
    struct Less {
        bool operator()(const ScheduleText& a, const ScheduleText& b) const;
    };
    struct Known {
        std::shared_ptr<const ReferenceSchedule> schedule;
        std::string problem;
    };
    std::map<ScheduleText, Known, Less> known_;
};

}  // namespace quantum::verify
