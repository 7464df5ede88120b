#include "scheduler/jobs/accepted_job.hpp"

#include <chrono>
#include <string>

namespace quantum::scheduler {

namespace {

// An interval counts from the first acceptance of the job, and keeps doing so when the job is
// defined again with the same interval. `@reboot` is due once, at this acceptance.
void anchor(Job& job, const JobRow* earlier, WallTime now) {
    if (!job.schedule() || job.schedule()->anchor() != WallTime{}) return;
    const bool reboot = job.schedule()->is_reboot();
    if (!reboot && !job.schedule()->has_interval()) return;
    WallTime from = now;
    if (!reboot && earlier != nullptr && earlier->job->schedule()) {
        const Schedule& old = *earlier->job->schedule();
        if (job.schedule()->anchored_at(old.anchor()) == old) from = old.anchor();
    }
    job.set_schedule(job.schedule()->anchored_at(from));
}

}  // namespace

bool is_same_one_shot(const Job& job, const Job& earlier) {
    const auto asked = job.schedule()->once_at();
    if (!earlier.schedule() || !earlier.schedule()->once_at()) return false;
    return earlier.schedule()->once_at() == asked || earlier.asked_for() == asked;
}

std::optional<Error> check_accepted(const Job& job, const JobRow* earlier, WallTime now) {
    if (!job.schedule() || !job.schedule()->once_at()) return std::nullopt;
    const WallTime instant = *job.schedule()->once_at();
    if (instant >= now || job.policies().run_if_past) return std::nullopt;
    if (earlier != nullptr && is_same_one_shot(job, *earlier->job)) return std::nullopt;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - instant).count();
    return Error{ErrorCode::invalid_argument, "job '" + job.name() + "': its only due time was " +
                                                  std::to_string(seconds) +
                                                  " s ago; with run_if_past it would run at once"};
}

Error too_many_jobs(const JobTable& table) {
    return {ErrorCode::invalid_argument, "too many jobs: a scheduler holds at most " +
                                             std::to_string(table.capacity()) + ", and has " +
                                             std::to_string(table.size())};
}

void prepare(Job& job, const JobRow* earlier, WallTime now) {
    anchor(job, earlier, now);
    // A pause is of the name: it stays until somebody ends it.
    if (earlier != nullptr && earlier->job->pause() && !job.pause()) {
        const auto& until = earlier->job->pause()->until;
        if (!until || *until > now) job.set_pause(earlier->job->pause());
    }
    if (!job.schedule() || !job.schedule()->once_at()) return;
    const bool same = earlier != nullptr && is_same_one_shot(job, *earlier->job);
    // Finished stays finished, though the clock was set back to before its instant.
    const bool was_due = same && earlier->job->state() == JobState::finished;
    const WallTime asked = *job.schedule()->once_at();
    if (!was_due && asked >= now) return;
    job.set_schedule(same ? *earlier->job->schedule() : Schedule::once(now));
    job.set_asked_for(asked);
    if (same) job.set_state(earlier->job->state());
}

}  // namespace quantum::scheduler
