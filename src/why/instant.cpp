#include "why/instant.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "model/short_id.hpp"
#include "why/entry_causes.hpp"
#include "why/mutant.hpp"
#include "why/neighbours.hpp"
#include "why/not_due.hpp"
#include "why/undecided.hpp"

namespace quantum::why {
namespace {

/// A command that tells more, or helps.
std::string next_step(const std::string& job, bool is_paused, const Cause& cause,
                      const Entry* entry) {
    switch (cause.code) {
        case Code::failed:
        case Code::timed_out:
        case Code::killed:
        case Code::running:
        case Code::stuck:
            return entry == nullptr ? std::string() : "quantum logs " + model::short_id(entry->id);
        case Code::skipped_paused:
        case Code::will_not:
            return is_paused ? "quantum resume '" + job + "'" : std::string();
        case Code::undecided:
            return "quantum status";
        case Code::broken:
            return "quantum verify --json";
        case Code::down:
            return "quantum plan --start";
        default:
            return {};
    }
}

std::string zone_name(const JobRevision* revision) {
    if (revision == nullptr || !revision->stored.job->schedule()) return "UTC";
    return std::string(revision->stored.job->schedule()->zone_name());
}

}  // namespace

bool Instant::is_due(const JobRevision& revision, WallTime at) {
    const Job& job = *revision.stored.job;
    return job.state() == JobState::active && job.schedule() && job.schedule()->matches(at);
}

Instant::Instant(const Context& context, WallTime at,
                 std::optional<std::chrono::local_seconds> missing)
    : context_(context),
      at_(at),
      missing_(missing),
      revision_(context.facts.in_force(at)),
      is_due_(revision_ != nullptr && is_due(*revision_, at)) {}

// At the instant of a change either definition may have decided.
std::vector<const Entry*> Instant::entries() const {
    std::vector<const Entry*> found;
    for (const Entry& entry : context_.facts.entries()) {
        if (entry.due == at_) {
            found.push_back(&entry);
            continue;
        }
        const bool in_range = entry.due < at_ && at_ <= entry.until;
        if (!in_range || mutated(WhyMutant::ranges_not_looked_at)) continue;
        const JobRevision* const decided = context_.facts.that_decided(entry);
        const bool names = is_due_ || (decided != nullptr && decided->stored.job->schedule() &&
                                       decided->stored.job->schedule()->matches(at_));
        if (names || mutated(WhyMutant::range_covers_any_instant)) found.push_back(&entry);
    }
    std::stable_sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) {
        return a->kind != b->kind ? a->kind < b->kind : a->pass < b->pass;
    });
    return found;
}

Answer Instant::blank() const {
    Answer answer;
    answer.job = context_.facts.job();
    answer.zone = zone_name(revision_);
    answer.at = at_;
    answer.is_due = is_due_;
    if (revision_ != nullptr && revision_->stored.job->schedule() &&
        revision_->stored.job->state() == JobState::active) {
        const Schedule& schedule = *revision_->stored.job->schedule();
        answer.before = schedule.prev(at_);
        answer.after = schedule.next(at_);
    }
    return answer;
}

bool Instant::is_paused_now() const {
    const WallTime now = context_.say.now();
    const JobRevision* const current = context_.facts.in_force(now);
    if (current == nullptr) return false;
    const auto& pause = current->stored.job->pause();
    return pause && (!pause->until || now < *pause->until);
}

Result<Answer> Instant::answer_about(const Entry& entry) const {
    auto causes = causes_of(context_, entry, at_);
    if (!causes) return tl::unexpected(std::move(causes).error());
    Answer answer = blank();
    answer.pass = entry.pass;
    answer.id = entry.id;
    answer.causes = *std::move(causes);
    answer.next_step = next_step(answer.job, is_paused_now(), answer.causes.front(), &entry);
    return answer;
}

Cause Instant::no_such_job() const {
    const auto& revisions = context_.facts.revisions();
    const JobRevision* before = nullptr;
    const JobRevision* after = nullptr;
    for (const JobRevision& one : revisions) {
        if (one.until && *one.until <= at_) before = &one;
        if (one.stored.effective_from > at_ && after == nullptr) after = &one;
    }
    Cause cause{Code::no_such_job_then, {}, {}};
    const auto add = [&](const std::string& text, WallTime when, const JobRevision& revision) {
        cause.sentence += (cause.sentence.empty() ? "" : " ") + text + context_.say.at(when);
        cause.rows.push_back(row_of(revision));
        if (const auto deed = who_made(context_, when); deed && deed->row) {
            cause.sentence += " by " + deed->actor;
            cause.rows.push_back(*deed->row);
        }
        cause.sentence += '.';
    };
    if (before != nullptr) add("The job was deleted at ", *before->until, *before);
    if (after != nullptr) {
        const bool is_first = before == nullptr && after->stored.revision == 1;
        add(is_first ? "The job was added at " : "It was added again at ",
            after->stored.effective_from, *after);
    }
    return cause;
}

Result<std::vector<Cause>> Instant::without_entry() const {
    using Causes = std::vector<Cause>;
    const auto& edge = context_.facts.bounds().from;
    if (revision_ == nullptr) {
        const auto& first = context_.facts.revisions().front();
        const bool forgotten =
            edge && at_ < *edge && first.stored.revision > 1 && first.stored.effective_from > at_;
        if (forgotten) {
            return Causes{{Code::too_old,
                           "Rows and definitions from before " + context_.say.at(*edge) +
                               " are gone (retention).",
                           {{Row::Kind::retention, "kept", *edge}}}};
        }
        return Causes{no_such_job()};
    }
    if (!is_due_) return Causes{why_not_due(context_, *revision_, at_, missing_)};
    if (at_ > context_.say.now()) return what_will_be(context_, *revision_, at_);
    return why_no_row(context_, *revision_, at_);
}

Result<std::vector<Answer>> Instant::answers() const {
    std::vector<Answer> answers;
    for (const Entry* const entry : entries()) {
        auto answer = answer_about(*entry);
        if (!answer) return tl::unexpected(std::move(answer).error());
        answers.push_back(*std::move(answer));
    }
    if (answers.empty()) {
        auto causes = without_entry();
        if (!causes) return tl::unexpected(std::move(causes).error());
        Answer answer = blank();
        answer.causes = *std::move(causes);
        answer.next_step = next_step(answer.job, is_paused_now(), answer.causes.front(), nullptr);
        answers.push_back(std::move(answer));
    }
    const bool is_told = revision_ == nullptr || (!is_due_ && !answers.front().id);
    if (missing_ && !is_told) {
        // What was asked for does not exist: that goes before what becomes of the instant after it.
        Cause gap = why_not_due(context_, *revision_, at_, missing_);
        for (Answer& answer : answers) {
            answer.causes.insert(answer.causes.begin(), gap);
        }
    }
    return answers;
}

}  // namespace quantum::why
