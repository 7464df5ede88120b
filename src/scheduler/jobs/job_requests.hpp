#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/common/job_handle.hpp"

// The requests that the public interface sends to JobBroadcaster. Plain values, made on any thread.
// They are answered in the order in which they arrive, a read after the changes before it are
// stored.
namespace quantum::scheduler {

/// Adds or replaces jobs and deletes others, as one change: all of it or none, unless `each_alone`.
struct AddJobs {
    using Reply = std::vector<StoredJob>;  ///< as they were accepted; empty without `list_accepted`
    std::vector<Job> jobs;
    std::vector<std::string> removed;  ///< jobs deleted in the same change
    bool list_accepted = true;
    bool each_alone = false;    ///< a rejected job does not affect the others
    bool until_stored = false;  ///< a rejected batch is retried until it is stored
    bool from_files = false;    ///< each change is recorded as an audit note of its file
    /// When the first `counted` jobs start to count; the others count from their acceptance.
    std::optional<WallTime> counts_from{};
    std::size_t counted = 0;
    /// The revision that the one job must have; 0: it must not exist. Otherwise the request fails
    /// with `already_exists`.
    std::optional<std::uint32_t> if_revision{};
    std::string actor{};  ///< who adds them; empty: not recorded, unless `from_files`
    std::string note{};   ///< why
};

/// Deletes one job; does nothing if there is no job of this name.
struct RemoveJob {
    using Reply = void;
    std::string name;
    bool kill = false;  ///< running jobs are terminated
    std::string actor;  ///< the actor; empty: not recorded
    /// The revision that it must have; otherwise the request fails with `already_exists`, or with
    /// `not_found` if there is no such job.
    std::optional<std::uint32_t> if_revision{};
    std::string note{};  ///< why
};

struct RemoveAllJobs {
    using Reply = void;
};

/// Activates or deactivates a job; does nothing if there is no job of this name.
struct SetJobState {
    using Reply = void;
    std::string name;
    JobState state = JobState::active;
};

struct PauseJob {
    using Reply = void;
    std::string name;
    std::optional<WallTime> until;
    std::string note;   ///< why
    std::string actor;  ///< the actor; empty: not recorded
};

struct ResumeJob {
    using Reply = void;
    std::string name;
    std::string note;  ///< why
};

/// Pauses or resumes several jobs in one change: all of them, or none if one is unknown.
struct SetPauses {
    using Reply = std::size_t;  ///< how many it changed: a job that is not paused is not resumed
    std::vector<std::string> names;
    std::optional<Pause> pause;  ///< none: they are resumed
    std::string note;            ///< why
    std::string actor;           ///< the actor; empty: not recorded
};

/// Records what is no change of a job; the instant is that of the acceptance.
struct AddNotes {
    using Reply = void;
    std::vector<AuditNote> notes;
};

/// Runs a job outside its schedule; answered once the run is decided and stored.
struct RunJob {
    using Reply = ExecutionId;
    std::string name;
    std::string key;     ///< the idempotency key; empty: none
    std::string actor;   ///< the actor; empty: not recorded
    std::string note{};  ///< why
};

/// A handler of this name has been registered: jobs that lacked it are bound.
struct BindHandler {
    using Reply = void;
    std::string name;
};

struct FoundJob {
    StoredJob stored;
    JobHandle handle{};
};

struct FindJob {
    using Reply = std::optional<FoundJob>;
    std::string name;
};

struct ListJobs {
    using Reply = std::vector<StoredJob>;
};

/// A request and the right to answer it.
template <class Request>
struct Asked {
    Request request;
    From<ReplyOf<Request>> from;
};

/// Any of them, as they wait in line.
using JobRequest =
    std::variant<Asked<AddJobs>, Asked<RemoveJob>, Asked<RemoveAllJobs>, Asked<SetJobState>,
                 Asked<PauseJob>, Asked<ResumeJob>, Asked<SetPauses>, Asked<AddNotes>,
                 Asked<RunJob>, Asked<BindHandler>, Asked<FindJob>, Asked<ListJobs>>;

/// Due times at and after its acceptance depend on it.
[[nodiscard]] inline bool changes_jobs(const JobRequest& request) {
    return !std::holds_alternative<Asked<FindJob>>(request) &&
           !std::holds_alternative<Asked<ListJobs>>(request) &&
           !std::holds_alternative<Asked<BindHandler>>(request) &&
           !std::holds_alternative<Asked<AddNotes>>(request) &&
           !std::holds_alternative<Asked<RunJob>>(request);
}

inline void refuse(const JobRequest& request, const Error& why) {
    std::visit([&](const auto& asked) { asked.from.fail(why); }, request);
}

}  // namespace quantum::scheduler
