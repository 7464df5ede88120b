#include <algorithm>
#include <string>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/verify.hpp"

namespace quantum::verify {

namespace {

ScheduleText text_of(const Schedule& schedule, const std::string& name) {
    ScheduleText text;
    text.text = schedule.text();
    text.dialect = schedule.dialect();
    text.zone = schedule.zone_name();
    text.dst = schedule.dst();
    if (const auto days = schedule.days()) text.days = *days;
    text.period = schedule.period();
    const bool draws = text.dialect == Dialect::jenkins || text.text.find('~') != std::string::npos;
    if (draws) text.name = name;
    text.once = schedule.once_at();
    text.composed = !schedule.expression() && !text.period && !text.once && !schedule.is_reboot();
    return text;
}

JobRevision revision_from(const JobChange& change) {
    const StoredJob& stored = change.stored;
    JobRevision revision;
    revision.job = change.name;
    revision.revision = stored.revision;
    revision.effective_from = stored.effective_from;
    if (!stored.job) return revision;
    const Job& job = *stored.job;
    revision.active = job.state() == JobState::active;
    if (const auto& schedule = job.schedule()) {
        for (const Schedule& part : schedule->parts())
            revision.schedules.push_back(text_of(part, job.name()));
        if (revision.schedules.empty())
            revision.schedules.push_back(text_of(*schedule, job.name()));
        if (schedule->has_interval()) revision.anchor = schedule->anchor();
    }
    revision.overlap = job.overlap();
    revision.queue_limit = job.queue_limit();
    revision.misfire = job.misfire();
    revision.grace = job.grace();
    revision.misfire_cap = job.misfire_cap();
    revision.retries = job.policies().retries;
    revision.reruns_lost = job.policies().on_lost == OnLost::rerun;
    revision.jitter = job.policies().jitter;
    // A function's counts from when it was entered, of which an open row says nothing.
    if (const Command* command = command_of(job.task())) {
        revision.timeout = command->timeout ? command->timeout : job.timeout();
        revision.kill_after = command->kill_after;
    } else if (const HttpRequest* request = request_of(job.task())) {
        revision.timeout = request->timeout;
    }
    return revision;
}

}  // namespace

void History::add_changes(std::span<const JobChange> changes) {
    const auto in_force = [this](const std::string& name) {
        return std::find_if(jobs.rbegin(), jobs.rend(), [&](const JobRevision& revision) {
            return revision.job == name && !revision.effective_to;
        });
    };
    for (const JobChange& change : changes) {
        const WallTime instant = change.stored.effective_from;
        if (change.kind == JobChangeKind::purged_all) {
            for (JobRevision& revision : jobs) {
                if (!revision.effective_to) revision.effective_to = instant;
            }
            continue;
        }
        // Where the schedule does not know it, an interval's anchor is the first acceptance.
        std::optional<WallTime> anchor;
        if (const auto before = in_force(change.name); before != jobs.rend()) {
            before->effective_to = instant;
            anchor = before->anchor;
        }
        if (change.kind == JobChangeKind::deleted) continue;
        JobRevision revision = revision_from(change);
        if (!revision.anchor) revision.anchor = anchor.value_or(instant);
        jobs.push_back(std::move(revision));
    }
}

}  // namespace quantum::verify
