#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"

namespace quantum::why {

/// Why something happened or did not, or will or will not. Names as in `--json`.
enum class Code : std::uint8_t {
    ran,
    ran_late,
    failed,
    timed_out,
    killed,
    not_started,  ///< it should have begun and could not
    lost,
    running,
    stuck,    ///< still running after its timeout
    claimed,  ///< decided, and waiting to begin
    coalesced,
    skipped_overlap,
    skipped_misfire,
    skipped_paused,
    skipped_dst_gap,
    skipped_node_down,
    skipped_concurrency,
    skipped_excluded,
    skipped_superseded,
    skipped_unbound,
    not_due_field,     ///< the expression does not name the instant
    not_due_dst,       ///< a change of the UTC offset
    not_due_window,    ///< before `from` or after `until`
    not_due_except,    ///< a date in `except_dates`, or another exception
    not_due_inactive,  ///< `state = "inactive"`
    not_due_finished,  ///< its only due time is over
    not_due_reboot,    ///< due once per boot
    not_due_manual,    ///< it has no schedule
    no_such_job_then,
    down,       ///< nobody ran then, and it is not decided yet
    undecided,  ///< due and not decided, though a scheduler runs
    clock,      ///< the wall clock was set
    will_run,
    will_not,
    never,    ///< no due time at all
    too_old,  ///< rows of that time are gone
    broken,   ///< nothing explains it: a defect
};

/// "ran", "skipped.overlap", "not_due.field".
[[nodiscard]] std::string_view to_string(Code code);

/// Something that is recorded, on which a cause rests.
struct Row {
    enum class Kind : std::uint8_t {
        entry,       ///< `name` is its ID
        revision,    ///< "r7"
        note,        ///< of the audit: "oncall: pause"
        clock_step,  ///< the wall clock was set
        watermark,
        retention,  ///< the edge of it
        holder,     ///< what the instance that holds the state directory has reported
        engine,     ///< what the running scheduler knows
    };
    Kind kind = Kind::entry;
    std::string name{};
    std::optional<WallTime> at{};  ///< since when, or of when it is

    friend bool operator==(const Row&, const Row&) = default;
};

[[nodiscard]] std::string_view to_string(Row::Kind kind);

/// One cause: a sentence that is enough by itself, and what it rests on.
struct Cause {
    Code code = Code::broken;
    std::string sentence{};
    std::vector<Row> rows{};
};

/// What is known about one instant of a job.
struct Answer {
    std::string job{};
    std::string zone{};  ///< of the job; the sentences are in its local time
    /// The due time; if it is none, the instant that was asked about.
    WallTime at{};
    bool is_due = false;               ///< by the definition in force then
    std::uint32_t pass = 0;            ///< see `Entry::pass`
    std::optional<ExecutionId> id{};   ///< of the entry, if there is one
    std::vector<Cause> causes{};       ///< at least one; the decisive one first
    std::optional<WallTime> before{};  ///< the due times next to it, by the same definition
    std::optional<WallTime> after{};
    std::string next_step{};  ///< a command that tells more or helps; empty: none

    [[nodiscard]] Code code() const { return causes.front().code; }
    [[nodiscard]] const std::string& sentence() const { return causes.front().sentence; }
};

}  // namespace quantum::why
