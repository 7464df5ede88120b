#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/job.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"
#include "quantum/telemetry.hpp"

#include "scheduler/common/job_event.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/jobs/binding.hpp"
#include "scheduler/jobs/job_interner.hpp"
#include "scheduler/jobs/job_requests.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "scheduler/jobs/table_change.hpp"

namespace quantum::scheduler {

/// What a request does to the job table: each `apply` changes the table, and notes in the change
/// what is to be stored, told downstream and answered.
///
/// A part of JobBroadcaster and used on its turns only: it needs no lock. What it has done is kept
/// or undone by its owner, when the storage has answered.
class JobAcceptance {
public:
    struct Options {
        bool keeps_ledger = true;  ///< else changes need no rows
        std::string zone_data;     ///< version of the zone data in use
        Binding binding{};         ///< which jobs are unbound
    };

    JobAcceptance(JobTable& table, TelemetryHub& hub, Options options);

    void apply(TableChange& change, Asked<AddJobs>& asked);
    void apply(TableChange& change, const Asked<RemoveJob>& asked);
    void apply(TableChange& change, const Asked<RemoveAllJobs>& asked);
    void apply(TableChange& change, const Asked<SetJobState>& asked);
    void apply(TableChange& change, const Asked<PauseJob>& asked);
    void apply(TableChange& change, const Asked<ResumeJob>& asked);
    void apply(TableChange& change, const Asked<SetPauses>& asked);
    void apply(TableChange& change, const Asked<AddNotes>& asked);
    void apply(TableChange& change, const Asked<RunJob>& asked);
    void apply(TableChange& change, const Asked<BindHandler>& asked);
    void apply(TableChange& change, const Asked<FindJob>& asked);
    void apply(TableChange& change, const Asked<ListJobs>& asked);

    /// One-shots whose due time has its entry, `change.finished`, become finished.
    void retire(TableChange& change);

    /// How the job at an index is, for those downstream.
    [[nodiscard]] JobEvent event_of(std::uint32_t index) const;

private:
    [[nodiscard]] Result<std::vector<StoredJob>> add(TableChange& change, AddJobs& request);
    [[nodiscard]] std::optional<Error> check_all(const AddJobs& request, WallTime now) const;
    [[nodiscard]] std::optional<Error> check_revision(const std::string& name,
                                                      std::uint32_t wanted) const;
    [[nodiscard]] std::optional<Error> check_room(const AddJobs& request) const;
    [[nodiscard]] static bool is_known(const Job& job, const JobRow& known);
    [[nodiscard]] static bool is_bound_by(const Job& job, const JobRow& known);
    void bind(TableChange& change, std::uint32_t index, JobRef bound);
    std::uint32_t put(TableChange& change, Job& job, WallTime since);
    [[nodiscard]] bool is_refused_alone(const Job& job, const JobRow* known, WallTime now) const;
    [[nodiscard]] const JobRow* find(std::string_view name) const;
    void remove(TableChange& change, std::uint32_t index, bool kill);
    void set_state(TableChange& change, std::uint32_t index, JobState state);
    void set_pause(TableChange& change, std::uint32_t index, std::optional<Pause> pause,
                   const std::string& note);
    void put_changed(TableChange& change, std::uint32_t index, Job changed, std::string note);
    void note(TableChange& change, TelemetryKind kind, std::uint32_t index,
              const std::string& why = {}) const;
    [[nodiscard]] StoredJob stored(std::uint32_t index) const;

    JobTable& table_;
    TelemetryHub& hub_;
    const Options options_;
    JobInterner interner_;
};

}  // namespace quantum::scheduler
