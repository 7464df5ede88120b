#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/verify.hpp"

#include "model/packed_command.hpp"
#include "verify/mutant.hpp"

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

// What narrowed a schedule on the way to its parts counts for each of them.
void narrow(ScheduleText& text, const Schedule& by) {
    if (by.from()) text.from = text.from ? std::max(*text.from, *by.from()) : *by.from();
    if (by.until()) text.until = text.until ? std::min(*text.until, *by.until()) : *by.until();
    const auto dates = by.left_out_dates();
    if (dates.empty()) return;
    // Of several zones it is nobody's word which day it is.
    if (!text.left_out.empty() && text.left_out_zone != by.zone_name()) text.composed = true;
    text.left_out.insert(text.left_out.end(), dates.begin(), dates.end());
    text.left_out_zone = by.zone_name();
}

void add_texts(const Schedule& schedule, const std::string& name,
               std::vector<ScheduleText>& texts) {
    if (const Schedule* const narrowed = schedule.narrowed()) {
        const std::size_t first = texts.size();
        add_texts(*narrowed, name, texts);
        for (std::size_t i = first; i < texts.size(); ++i) narrow(texts[i], schedule);
        return;
    }
    for (const Schedule& part : schedule.parts()) add_texts(part, name, texts);
    if (schedule.parts().empty()) texts.push_back(text_of(schedule, name));
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
    if (const auto& pause = job.pause(); pause && !mutated(VerifyMutant::pause_not_known)) {
        revision.active = revision.active && pause->until.has_value();
        revision.paused_until = pause->until;
    }
    if (const auto& schedule = job.schedule()) {
        add_texts(*schedule, job.name(), revision.schedules);
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
    if (const auto command = model::CommandView::of(job.task())) {
        const Command& terms = command->common();
        revision.timeout = terms.timeout ? terms.timeout : job.timeout();
        revision.kill_after = terms.kill_after;
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
