#include "why/entry_causes.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/job.hpp"

#include "model/packed_command.hpp"
#include "why/mutant.hpp"
#include "why/neighbours.hpp"
#include "why/trouble.hpp"

namespace quantum::why {
namespace {

using times::span_text;

constexpr Duration noticeable = std::chrono::seconds(1);

/// True if its outcome is that it could not begin.
bool never_began(const Entry& entry) {
    return !entry.started_at && entry.outcome && entry.outcome->duration == Duration::zero() &&
           entry.outcome->kind != OutcomeKind::lost;
}

/// "due 02:30:00" or "asked for at 14:02:11 by cli:uid 0"
Result<std::string> occasion(const Context& context, const Entry& entry, std::vector<Row>& rows) {
    if (entry.kind == ExecutionKind::scheduled) {
        return "due " + context.say.to_the_second(entry.due);
    }
    std::string text = "asked for at " + context.say.to_the_second(entry.due);
    const auto deed = who_did(context, "trigger", entry.claimed_at - std::chrono::seconds(10),
                              entry.claimed_at + std::chrono::seconds(1));
    if (!deed) return tl::unexpected(deed.error());
    if (deed->row) {
        text += " by " + deed->actor;
        rows.push_back(*deed->row);
    }
    return text;
}

/// "took 4m12s, exit 0"
std::string result_text(const Outcome& outcome) {
    std::string text = "took " + span_text(outcome.duration);
    if (outcome.exit_code) text += ", exit " + std::to_string(*outcome.exit_code);
    return text;
}

/// The reason that an outcome gives, unless it only repeats the exit code; with a separator.
std::string reason_text(const Outcome& outcome) {
    if (outcome.reason.empty()) return {};
    if (outcome.exit_code && outcome.reason == "exit code " + std::to_string(*outcome.exit_code)) {
        return {};
    }
    return ": " + outcome.reason;
}

/// Where the time went between the due time and the start of the work.
class Delay {
public:
    Delay(const Context& context, const Entry& entry) : context_(context), entry_(entry) {}

    /// "noticed after 2ms, 32s for a free slot"
    Result<std::string> text() {
        const WallTime planned = entry_.planned();
        const WallTime ready = std::max(entry_.claimed_at, planned);
        std::string text;
        if (entry_.claimed_at > planned) add(text, noticed());
        const bool one_attempt = entry_.attempt == 1 && entry_.handed_at.has_value();
        const WallTime handed = one_attempt ? *entry_.handed_at : *entry_.started_at;
        if (handed - ready >= noticeable) {
            auto what = what_for(ready, handed);
            if (!what) return what;
            add(text, span_text(handed - ready) + " for " + *what);
        }
        if (one_attempt && *entry_.started_at - handed >= noticeable) {
            add(text, span_text(*entry_.started_at - handed) + " until its work began");
        }
        return text;
    }

    std::vector<Row> rows{};

private:
    /// What it waited for from `ready` until `handed`.
    Result<std::string> what_for(WallTime ready, WallTime handed) {
        const auto restart = restart_after(context_, ready);
        if (!restart) return tl::unexpected(restart.error());
        if (*restart && (*restart)->from <= handed && (*restart)->to <= handed + noticeable) {
            rows.push_back((*restart)->row);
            return "the scheduler to come back (" + words(context_, **restart) + ')';
        }
        const auto other = run_open_at(context_, entry_, ready);
        if (!other) return tl::unexpected(other.error());
        if (!*other) return std::string("a free slot");
        rows.push_back(row_of(**other));
        return "the end of " + context_.say.run(**other);
    }
    [[nodiscard]] std::string noticed() const {
        return "decided after " + span_text(entry_.claimed_at - entry_.due);
    }
    static void add(std::string& text, const std::string& part) {
        text += (text.empty() ? "" : ", ") + part;
    }

    const Context& context_;
    const Entry& entry_;
};

/// "It ran 32s late (41s after its due time, 9s of that jitter): …"
Result<Cause> ran_late(const Context& context, const Entry& entry, Duration late) {
    Cause cause{Code::ran_late, "It ran " + span_text(late) + " late", {row_of(entry)}};
    if (entry.planned() > entry.due) {
        cause.sentence += " (" + span_text(*entry.started_at - entry.due) +
                          " after its due time, " + span_text(entry.planned() - entry.due) +
                          " of that jitter)";
    }
    Delay delay(context, entry);
    const auto where = delay.text();
    if (!where) return tl::unexpected(where.error());
    if (!where->empty()) cause.sentence += ": " + *where;
    cause.rows.insert(cause.rows.end(), delay.rows.begin(), delay.rows.end());
    cause.sentence += "; it " + result_text(*entry.outcome) + '.';
    return cause;
}

Result<Cause> ran(const Context& context, const Entry& entry) {
    const auto late = entry.lateness();
    if (late && *late >= noticeable && !mutated(WhyMutant::late_is_on_time)) {
        return ran_late(context, entry, *late);
    }
    Cause cause{Code::ran, {}, {row_of(entry)}};
    const auto when = occasion(context, entry, cause.rows);
    if (!when) return tl::unexpected(when.error());
    cause.sentence = "It ran: " + *when;
    if (late) {
        cause.sentence += ", began " + span_text(std::max(*late, Duration::zero())) + " late";
    }
    if (const std::string attempt = attempt_text(context, entry, entry.attempt);
        entry.attempt > 1) {
        cause.sentence += ", succeeded in " + attempt;
    }
    cause.sentence += ", " + result_text(*entry.outcome) + '.';
    return cause;
}

Result<Cause> not_started(const Context& context, const Entry& entry) {
    Cause cause{Code::not_started, {}, {row_of(entry)}};
    const auto when = occasion(context, entry, cause.rows);
    if (!when) return tl::unexpected(when.error());
    cause.sentence =
        "It should have begun (" + *when + ") and could not" + reason_text(*entry.outcome) + '.';
    return cause;
}

/// Why there was no further attempt though the job makes more.
std::string no_more(const Context& context, const Entry& entry) {
    const JobRevision* const revision = context.facts.that_decided(entry);
    if (revision == nullptr || entry.state == EntryState::claimed) return {};
    const Job& job = *revision->stored.job;
    if (entry.attempt > job.policies().retries || job.policies().retries == 0) return {};
    const auto next = job.schedule() ? job.schedule()->next(entry.due) : std::nullopt;
    if (!next || job.policies().retry_past_next) return " No further attempt was made.";
    return " There was no further attempt: the next due time, " + context.say.at(*next) +
           ", came first, or the job was changed.";
}

Cause failed(const Context& context, const Entry& entry) {
    const Outcome& outcome = *entry.outcome;
    std::string text =
        "It ran and failed: " + Phrases::end(outcome) + " after " + span_text(outcome.duration);
    const std::string attempt = attempt_text(context, entry, entry.attempt);
    if (!attempt.empty()) text += ", " + attempt;
    text += reason_text(outcome) + '.' + no_more(context, entry);
    return {Code::failed, std::move(text), {row_of(entry)}};
}

std::optional<Duration> timeout_of(const JobRevision& revision) {
    const Job& job = *revision.stored.job;
    if (const auto command = model::CommandView::of(job.task())) {
        if (command->common().timeout) return command->common().timeout;
    } else if (const HttpRequest* request = request_of(job.task())) {
        return request->timeout;
    }
    return job.timeout();
}

Cause timed_out(const Context& context, const Entry& entry) {
    const Outcome& outcome = *entry.outcome;
    std::string text = "It ran and passed its timeout";
    const JobRevision* const revision = context.facts.that_decided(entry);
    if (const auto timeout = revision == nullptr ? std::nullopt : timeout_of(*revision)) {
        text += " of " + span_text(*timeout);
    }
    text += "; it was ended after " + span_text(outcome.duration);
    const std::string attempt = attempt_text(context, entry, entry.attempt);
    if (!attempt.empty()) text += ", " + attempt;
    text += reason_text(outcome) + '.' + no_more(context, entry);
    return {Code::timed_out, std::move(text), {row_of(entry)}};
}

/// By whom or what: somebody's hand, a run that replaced it, or the stop of the scheduler.
Result<Cause> killed(const Context& context, const Entry& entry) {
    const Outcome& outcome = *entry.outcome;
    Cause cause{
        Code::killed, "It ran and was ended after " + span_text(outcome.duration), {row_of(entry)}};
    const WallTime ended = entry.ended_at.value_or(entry.claimed_at);
    const auto deed = who_did(context, "kill", entry.claimed_at, ended + Duration(1));
    if (!deed) return tl::unexpected(deed.error());
    if (deed->row) {
        cause.sentence += " by " + deed->actor;
        if (!deed->detail.empty()) cause.sentence += ": " + Phrases::quoted(deed->detail);
        cause.rows.push_back(*deed->row);
        cause.sentence += '.';
        return cause;
    }
    const JobRevision* const revision = context.facts.that_decided(entry);
    if (revision != nullptr && revision->stored.job->overlap() == Overlap::replace) {
        const auto other = run_that_replaced(context, entry);
        if (!other) return tl::unexpected(other.error());
        if (*other) {
            cause.sentence += ": replaced by " + context.say.run(**other) + " (overlap = replace).";
            cause.rows.push_back(row_of(**other));
            return cause;
        }
    }
    const auto restart = restart_after(context, ended);
    if (!restart) return tl::unexpected(restart.error());
    const bool stopped = *restart && (*restart)->from <= ended;
    if (stopped) {
        cause.sentence += " by the stop of the scheduler, which came back at " +
                          context.say.at((*restart)->to) + '.';
        cause.rows.push_back((*restart)->row);
        return cause;
    }
    cause.sentence += (outcome.reason.empty() ? " on request" : reason_text(outcome)) + '.';
    return cause;
}

Result<Cause> lost(const Context& context, const Entry& entry) {
    const WallTime began = entry.started_at.value_or(entry.handed_at.value_or(entry.claimed_at));
    Cause cause{Code::lost, "It began at " + context.say.to_the_second(began), {row_of(entry)}};
    const auto restart = restart_after(context, began);
    if (!restart) return tl::unexpected(restart.error());
    if (*restart && entry.ended_at && (*restart)->to <= *entry.ended_at + std::chrono::hours(1)) {
        cause.sentence += "; the scheduler or the machine went away (it came back at " +
                          context.say.at((*restart)->to) + "), and nobody saw its end.";
        cause.rows.push_back((*restart)->row);
    } else {
        cause.sentence += ", and nobody saw its end" +
                          (entry.outcome ? reason_text(*entry.outcome) : std::string()) + '.';
    }
    const JobRevision* const revision = context.facts.that_decided(entry);
    const bool reruns =
        revision != nullptr && revision->stored.job->policies().on_lost == OnLost::rerun;
    if (!reruns) cause.sentence += " Not tried again: on_lost = record.";
    return cause;
}

/// What made a due time be decided late, if it was missed.
Status add_lateness(const Context& context, const Entry& entry, std::vector<Cause>& causes) {
    if (entry.kind != ExecutionKind::scheduled) return {};
    if (entry.claimed_at - entry.due < noticeable) return {};
    const auto troubles = troubles_between(context, entry.due, entry.claimed_at);
    if (!troubles) return tl::unexpected(troubles.error());
    if (const auto trouble = trouble_of(*troubles, entry.due, entry.claimed_at)) {
        causes.push_back(cause_of(context, *trouble));
    }
    return {};
}

}  // namespace

std::string attempt_text(const Context& context, const Entry& entry, std::uint32_t attempt) {
    const JobRevision* const revision = context.facts.that_decided(entry);
    const std::uint32_t retries =
        revision == nullptr ? 0 : revision->stored.job->policies().retries;
    if (retries == 0 && attempt == 1) return {};
    std::string text = "attempt " + std::to_string(attempt);
    if (retries > 0) text += " of " + std::to_string(retries + 1);
    return text;
}

Result<std::vector<Cause>> causes_of_ended(const Context& context, const Entry& entry) {
    Result<Cause> first = Cause{};
    // What an older program wrote may lack the outcome.
    if (!entry.outcome) {
        first = Cause{Code::lost, "It ended, and no outcome is recorded.", {row_of(entry)}};
    } else if (never_began(entry) && !mutated(WhyMutant::start_not_told_from_end)) {
        first = not_started(context, entry);
    } else {
        switch (entry.outcome->kind) {
            case OutcomeKind::succeeded:
                first = ran(context, entry);
                break;
            case OutcomeKind::failed:
                first = failed(context, entry);
                break;
            case OutcomeKind::timed_out:
                first = timed_out(context, entry);
                break;
            case OutcomeKind::killed:
                first = killed(context, entry);
                break;
            case OutcomeKind::lost:
                first = lost(context, entry);
                break;
        }
    }
    if (!first) return tl::unexpected(std::move(first).error());
    std::vector<Cause> causes{*std::move(first)};
    if (Status added = add_lateness(context, entry, causes); !added) {
        return tl::unexpected(std::move(added).error());
    }
    return causes;
}

Result<std::vector<Cause>> causes_of(const Context& context, const Entry& entry, WallTime due) {
    switch (entry.state) {
        case EntryState::claimed:
        case EntryState::started:
            return causes_of_open(context, entry);
        case EntryState::succeeded:
        case EntryState::failed:
        case EntryState::timed_out:
        case EntryState::killed:
        case EntryState::lost:
            return causes_of_ended(context, entry);
        case EntryState::coalesced:
        case EntryState::skipped:
            break;
    }
    return causes_of_skipped(context, entry, due);
}

}  // namespace quantum::why
