// Due times that did not run: covered by another, or skipped for a reason.
#include <chrono>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "model/policy_words.hpp"
#include "model/short_id.hpp"
#include "scheduler/entries/policies.hpp"
#include "why/entry_causes.hpp"
#include "why/mutant.hpp"
#include "why/neighbours.hpp"
#include "why/pause_text.hpp"
#include "why/trouble.hpp"

namespace quantum::why {
namespace {

using times::span_text;

/// Also what lies behind the first cause.
using Causes = std::vector<Cause>;

/// When the fate of an entry that never ran was decided.
WallTime decided_at(const Entry& entry) { return entry.ended_at.value_or(entry.claimed_at); }

const Job* job_of(const Context& context, const Entry& entry) {
    const JobRevision* const revision = context.facts.that_decided(entry);
    return revision == nullptr ? nullptr : &*revision->stored.job;
}

void add_revision(const Context& context, const Entry& entry, Cause& cause) {
    if (const JobRevision* const revision = context.facts.that_decided(entry)) {
        cause.rows.push_back(row_of(*revision));
    }
}

/// " It stands for 15 due times, from 01:00 to 03:20."
std::string range_text(const Context& context, const Entry& entry) {
    if (entry.count <= 1) return {};
    return " The row stands for " + Phrases::counted(entry.count, "due time") + ", from " +
           context.say.at(entry.due) + " to " + context.say.at(entry.until) + '.';
}

Result<std::optional<Trouble>> trouble_behind(const Context& context, const Entry& entry,
                                              WallTime due) {
    const WallTime decided = decided_at(entry);
    const auto troubles = troubles_between(context, due, decided);
    if (!troubles) return tl::unexpected(troubles.error());
    return trouble_of(*troubles, due, decided);
}

Result<Causes> coalesced(const Context& context, const Entry& entry, WallTime due) {
    Cause cause{Code::coalesced, "It was missed", {row_of(entry)}};
    const auto trouble = trouble_behind(context, entry, due);
    if (!trouble) return tl::unexpected(trouble.error());
    if (*trouble) cause.sentence += " (" + words(context, **trouble) + ')';
    const bool looks = !mutated(WhyMutant::covered_run_not_found);
    if (entry.covered_by && looks) {
        const auto cover = context.ledger.entry(entry.covered_by->text());
        if (cover) {
            cause.sentence += ", and the run " + context.say.run(*cover) + " covers it";
            cause.rows.push_back(row_of(*cover));
        } else {
            cause.sentence += ", and the run " + model::short_id(*entry.covered_by) + " covers it";
        }
        if (entry.count > 1) {
            cause.sentence += " and " + Phrases::counted(entry.count - 1, "other");
        }
        if (cover && cover->state == EntryState::skipped) {
            cause.sentence +=
                ", but was skipped itself (" + std::string(to_string(cover->reason)) + ')';
        }
    }
    const Job* const job = job_of(context, entry);
    cause.sentence += std::string(": misfire = ") +
                      std::string(job == nullptr ? "one" : model::word(job->misfire())) + '.';
    add_revision(context, entry, cause);
    Causes causes{std::move(cause)};
    if (*trouble) causes.push_back(cause_of(context, **trouble));
    return causes;
}

Result<Causes> overlap(const Context& context, const Entry& entry) {
    Cause cause{Code::skipped_overlap, "It did not run: ", {row_of(entry)}};
    const auto other = run_open_at(context, entry, decided_at(entry));
    if (!other) return tl::unexpected(other.error());
    const Job* const job = job_of(context, entry);
    if (*other) {
        const Entry& run = **other;
        cause.sentence += context.say.run(run) + (run.open() && run.state == EntryState::claimed
                                                      ? " was still waiting"
                                                      : " was still open");
        if (run.ended_at) cause.sentence += " (until " + context.say.at(*run.ended_at) + ')';
        cause.rows.push_back(row_of(run));
    } else {
        cause.sentence += "an earlier run of the job was still open";
    }
    cause.sentence += '.';
    if (job != nullptr) {
        cause.sentence += " overlap = " + std::string(model::word(job->overlap()));
        if (job->overlap() == Overlap::queue) {
            cause.sentence +=
                ", and its queue of " + std::to_string(job->queue_limit()) + " was full";
        }
        if (job->overlap() == Overlap::replace) {
            cause.sentence += ", and a later run replaced it before it began";
        }
        cause.sentence += '.';
    }
    add_revision(context, entry, cause);
    return Causes{std::move(cause)};
}

std::string misfire_reason(const Context& context, const Entry& entry, WallTime due) {
    const Job* const job = job_of(context, entry);
    const Duration late = decided_at(entry) - due;
    if (job == nullptr) return "noticed " + span_text(late) + " late.";
    if (job->misfire() == Misfire::skip) {
        return "noticed " + span_text(late) + " late, and misfire = skip.";
    }
    const Duration grace = scheduler::grace_of(*job, due);
    if (late > grace) {
        return "noticed " + span_text(late) + " late; its grace is " + span_text(grace) + '.';
    }
    if (job->misfire() == Misfire::all) {
        return "missed, and over misfire_cap = " + std::to_string(job->misfire_cap()) + '.';
    }
    return "missed, and the latest due time of that gap was beyond its grace.";
}

Result<Causes> misfire(const Context& context, const Entry& entry, WallTime due) {
    Cause cause{
        Code::skipped_misfire,
        "It did not run: " + misfire_reason(context, entry, due) + range_text(context, entry),
        {row_of(entry)}};
    add_revision(context, entry, cause);
    Causes causes{std::move(cause)};
    const auto trouble = trouble_behind(context, entry, due);
    if (!trouble) return tl::unexpected(trouble.error());
    if (*trouble) causes.push_back(cause_of(context, **trouble));
    return causes;
}

Result<Causes> paused(const Context& context, const Entry& entry, WallTime due) {
    Cause cause{Code::skipped_paused, {}, {row_of(entry)}};
    const JobRevision* revision = context.facts.that_decided(entry);
    if (revision == nullptr || !revision->stored.job->pause()) {
        revision = context.facts.in_force(due);
    }
    const auto text = pause_text(context, revision, cause.rows);
    if (!text) return tl::unexpected(text.error());
    cause.sentence = "It did not run: " + *text + '.' + range_text(context, entry);
    return Causes{std::move(cause)};
}

Cause gap(const Context& context, const Entry& entry) {
    Cause cause{Code::skipped_dst_gap,
                "Clocks went forward at " + context.say.at(entry.due) +
                    ", and local times that it is due at did not exist; dst_gap = skip.",
                {row_of(entry)}};
    add_revision(context, entry, cause);
    return cause;
}

Cause concurrency(const Context& context, const Entry& entry) {
    const Duration waited = decided_at(entry) - entry.planned();
    const Job* const job = job_of(context, entry);
    std::string text = "It waited " + span_text(waited) + " for a free slot";
    if (job != nullptr) {
        text += ", longer than its grace of " + span_text(scheduler::grace_of(*job, entry.due));
        for (std::size_t i = 0; i < job->tags().size(); ++i) {
            text += (i == 0 ? "; its tags: " : ", ") + job->tags()[i];
        }
    }
    Cause cause{Code::skipped_concurrency, text + '.', {row_of(entry)}};
    add_revision(context, entry, cause);
    return cause;
}

Result<Cause> superseded(const Context& context, const Entry& entry) {
    Cause cause{Code::skipped_superseded, {}, {row_of(entry)}};
    const JobRevision* const revision = context.facts.that_decided(entry);
    if (revision == nullptr || !revision->until) {
        cause.sentence = "The job was changed or deleted while it waited.";
        return cause;
    }
    const JobRevision* const next = context.facts.after(*revision);
    const bool changed = next != nullptr && next->stored.effective_from == *revision->until;
    cause.sentence = "The job was ";
    if (changed) {
        cause.sentence += "changed to r" + std::to_string(next->stored.revision);
        cause.rows.push_back(row_of(*next));
    } else {
        cause.sentence += "deleted";
    }
    const auto deed = who_made(context, *revision->until);
    if (!deed) return tl::unexpected(deed.error());
    if (deed->row) {
        cause.sentence += " by " + deed->actor;
        cause.rows.push_back(*deed->row);
    }
    cause.sentence += " at " + context.say.to_the_second(*revision->until) + ", before it ran." +
                      range_text(context, entry);
    return cause;
}

Cause node_down(const Context& context, const Entry& entry) {
    std::string text = entry.target == "*" ? "No node that it may run on was there"
                                           : "Node " + entry.target + " was away";
    Cause cause{
        Code::skipped_node_down, text + " at " + context.say.at(entry.due) + '.', {row_of(entry)}};
    add_revision(context, entry, cause);
    return cause;
}

}  // namespace

Result<std::vector<Cause>> causes_of_skipped(const Context& context, const Entry& entry,
                                             WallTime due) {
    if (entry.state == EntryState::coalesced) return coalesced(context, entry, due);
    switch (entry.reason) {
        case SkipReason::overlap:
            return overlap(context, entry);
        case SkipReason::misfire:
            return misfire(context, entry, due);
        case SkipReason::paused:
            return paused(context, entry, due);
        case SkipReason::dst_gap:
            return Causes{gap(context, entry)};
        case SkipReason::node_down:
            return Causes{node_down(context, entry)};
        case SkipReason::concurrency:
            return Causes{concurrency(context, entry)};
        case SkipReason::superseded: {
            auto cause = superseded(context, entry);
            if (!cause) return tl::unexpected(std::move(cause).error());
            return Causes{*std::move(cause)};
        }
        case SkipReason::excluded:
            return Causes{{Code::skipped_excluded,
                           context.say.times().day(due) + " is left out by its calendar.",
                           {row_of(entry)}}};
        case SkipReason::unbound:
            return Causes{
                {Code::skipped_unbound,
                 "No function for the job came within its grace." + range_text(context, entry),
                 {row_of(entry)}}};
        case SkipReason::none:
            break;
    }
    return Causes{{Code::broken, "It was skipped, and the row gives no reason.", {row_of(entry)}}};
}

}  // namespace quantum::why
