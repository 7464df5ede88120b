#pragma once

#include <optional>

#include "quantum/dst.hpp"
#include "quantum/job.hpp"
#include "quantum/schedule.hpp"

#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// Reads when a job is due: its schedule or list of schedules, zone, dialect, days, the rules for
/// offset changes, and what narrows it (`from`, `until`, `except_dates`).
class ScheduleReader {
public:
    explicit ScheduleReader(const JobContext& job) : job_(job) {}

    /// `name` is the key of the job's table. None if something of it is wrong, which has been
    /// reported then.
    [[nodiscard]] std::optional<Schedule> read(const TomlSetting& name) const;
    /// Reports a schedule of which nothing can come any more. `read` is all that was read of the
    /// job.
    void check_future(const Job& read) const;

private:
    [[nodiscard]] std::optional<DstPolicy> read_dst() const;
    void narrow(Schedule& schedule) const;
    [[nodiscard]] bool is_known_one_shot(const Job& read) const;

    const JobContext& job_;
};

}  // namespace quantum::config
