#include "why/pause_text.hpp"

#include <optional>
#include <utility>

#include "quantum/job.hpp"

#include "why/neighbours.hpp"

namespace quantum::why {
namespace {

/// The revision with which a pause began; that of a new definition keeps the pause.
const JobRevision& begin_of(const Context& context, const JobRevision& revision) {
    const JobRevision* begin = &revision;
    while (const JobRevision* const before = context.facts.before(*begin)) {
        const bool goes_on = before->until == begin->stored.effective_from &&
                             before->stored.job->pause() == revision.stored.job->pause();
        if (!goes_on) break;
        begin = before;
    }
    return *begin;
}

/// The first revision that is not paused any more; null: none so far.
const JobRevision* end_of(const Context& context, const JobRevision& revision) {
    const JobRevision* next = context.facts.after(revision);
    while (next != nullptr && next->stored.job->pause() == revision.stored.job->pause()) {
        next = context.facts.after(*next);
    }
    return next != nullptr && !next->stored.job->pause() ? next : nullptr;
}

}  // namespace

Result<std::string> pause_text(const Context& context, const JobRevision* revision,
                               std::vector<Row>& rows) {
    if (revision == nullptr) return std::string("the job was paused");
    const auto& pause = revision->stored.job->pause();
    rows.push_back(row_of(*revision));
    if (!pause) {
        return "the job was inactive since " + context.say.at(revision->stored.effective_from);
    }
    const JobRevision& begin = begin_of(context, *revision);
    const auto paused = who_made(context, begin.stored.effective_from);
    if (!paused) return tl::unexpected(paused.error());
    std::string text = "paused";
    if (paused->row) {
        text += " by " + paused->actor;
        rows.push_back(*paused->row);
    }
    text += " since " + context.say.at(begin.stored.effective_from);
    text += pause->note.empty() ? std::string(" (no note)") : ", " + Phrases::quoted(pause->note);
    if (pause->until) text += ", until " + context.say.at(*pause->until);
    const JobRevision* const end = end_of(context, *revision);
    if (end == nullptr) return text;
    text += "; resumed " + context.say.at(end->stored.effective_from);
    const auto resumed = who_made(context, end->stored.effective_from);
    if (!resumed) return tl::unexpected(resumed.error());
    if (resumed->row) {
        text += " by " + resumed->actor;
        rows.push_back(*resumed->row);
    }
    rows.push_back(row_of(*end));
    return text;
}

}  // namespace quantum::why
