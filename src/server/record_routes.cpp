#include "server/record_routes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "config/diagnostic.hpp"
#include "config/job_document.hpp"
#include "server/entry_json.hpp"
#include "server/execution_search.hpp"
#include "server/job_json.hpp"
#include "server/job_routes.hpp"
#include "server/json_value.hpp"

namespace quantum::server {
namespace {

constexpr std::size_t most_read_notes = 100'000;
constexpr std::chrono::milliseconds patience(2000);

Problem problem_of_execution(const Error& error, const std::string& text) {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::not_found) {
        problem = {ProblemKind::no_execution,
                   "There is no execution '" + config::printable(text) + "' in the ledger."};
    } else if (error.code == ErrorCode::invalid_argument) {
        problem.kind = ProblemKind::malformed;
    }
    return problem;
}

ExecutionFilter execution_filter(Call& call) {
    ExecutionFilter filter;
    if (const auto job = call.query("job")) filter.job = *job;
    for (const std::string_view word : call.queries("state")) {
        if (const auto state = entry_state_named(word)) {
            filter.states.push_back(*state);
        } else {
            call.refuse("?state", "'" + config::printable(word) + "' is no state of an execution");
        }
    }
    for (const std::string_view word : call.queries("reason")) {
        if (const auto reason = skip_reason_named(word)) {
            filter.reasons.push_back(*reason);
        } else {
            call.refuse("?reason", "'" + config::printable(word) + "' is no reason for a skip");
        }
    }
    if (const auto kind = call.query("kind")) {
        if (*kind != "scheduled" && *kind != "manual") {
            call.refuse("?kind", "kind must be scheduled or manual");
        }
        filter.kind = *kind == "manual" ? ExecutionKind::manual : ExecutionKind::scheduled;
    }
    filter.from = call.instant("from");
    filter.until = call.instant("until");
    filter.longer_than = call.duration("longer_than");
    filter.cursor = call.query("cursor").value_or("");
    filter.limit =
        static_cast<std::size_t>(call.number("limit", 1, most_rows).value_or(usual_rows));
    return filter;
}

std::string page_json(const ExecutionPage& page) {
    std::string body;
    base::JsonObject members(body);
    members.key("executions");
    base::JsonArray rows(body);
    for (const Entry& entry : page.entries) {
        rows.element();
        append_entry(body, entry);
    }
    rows.end();
    if (!page.next.empty()) members.text("next", page.next);
    members.end();
    return body;
}

struct Found {
    Entry entry;
    std::vector<Attempt> attempts{};
};

/// What is kept of an output, from a byte on; the cut is where bytes were left out.
struct ShownOutput {
    CapturedOutput captured{};
    std::uint64_t from = 0;
};

Response output_response(const ShownOutput& shown) {
    const CapturedOutput& output = shown.captured;
    Response response;
    response.type = "application/octet-stream";
    const std::uint64_t tail_at = output.bytes - output.tail.size();
    response.headers.emplace_back("Quantum-Output-Bytes", std::to_string(output.bytes));
    if (output.head.size() < tail_at) {
        response.headers.emplace_back("Quantum-Output-Cut", std::to_string(output.head.size()) +
                                                                '-' + std::to_string(tail_at));
    }
    if (shown.from < output.head.size()) {
        response.body = output.head.substr(static_cast<std::size_t>(shown.from));
    }
    const std::uint64_t skipped = shown.from > tail_at ? shown.from - tail_at : 0;
    if (skipped < output.tail.size()) {
        response.body += output.tail.substr(static_cast<std::size_t>(skipped));
    }
    return response;
}

struct NoteFilter {
    std::string actor{};
    std::string action{};
    std::optional<std::string> job{};
    std::optional<WallTime> from{};
    std::size_t limit = 100;
    std::size_t skip = 0;  ///< how many of the newest have been seen
};

bool passes(const AuditNote& note, const NoteFilter& filter) {
    return (filter.actor.empty() || note.actor == filter.actor) &&
           (filter.action.empty() || note.action == filter.action) &&
           (!filter.job || note.job == *filter.job) && (!filter.from || note.at >= *filter.from);
}

std::string notes_json(const std::vector<AuditNote>& notes, std::size_t seen, bool is_more) {
    std::string body;
    base::JsonObject members(body);
    members.key("notes");
    base::JsonArray list(body);
    for (const AuditNote& note : notes) {
        list.element();
        base::JsonObject one(body);
        one.text("at", base::rfc3339(note.at));
        one.text("actor", note.actor);
        one.text("action", note.action);
        if (!note.job.empty()) one.text("job", note.job);
        if (!note.detail.empty()) one.text("detail", note.detail);
        one.end();
    }
    list.end();
    if (is_more) members.text("next", encode_cursor(std::to_string(seen)));
    members.end();
    return body;
}

}  // namespace

const Ledger* RecordRoutes::ledger(const CallRef& call) const {
    const Ledger* const found = context_.engine.ledger();
    if (found == nullptr) {
        call->fail(ProblemKind::expired, "Nothing is kept: the daemon runs with --ephemeral.");
    }
    return found;
}

void RecordRoutes::executions(const CallRef& call) {
    ExecutionFilter filter = execution_filter(*call);
    if (call->has_failed()) return;
    const Ledger* const found = ledger(call);
    if (found == nullptr) return;
    const auto search = [this, found](const CallRef& asked, ExecutionFilter wanted) {
        context_.calls.read<ExecutionPage>(
            asked,
            [found, wanted = std::move(wanted)] {
                return search_executions(*found, wanted, patience);
            },
            [](const CallRef& read, Result<ExecutionPage> page) {
                if (!page) return read->fail(problem_of_execution(page.error(), "of the cursor"));
                read->answer(200, page_json(*page));
            });
    };
    const std::vector<std::string_view> tags = call->queries("tag");
    if (tags.empty()) return search(call, std::move(filter));
    JobFilter tagged;
    tagged.tags.assign(tags.begin(), tags.end());
    context_.keeper.with_jobs(call, [this, search, filter, tagged](const CallRef& asked,
                                                                   const JobIndex& index) mutable {
        filter.jobs.emplace();
        for (const IndexedJob* job : index.select(tagged, JobOrder::name, context_.engine.now())) {
            filter.jobs->insert(job->job().name());
        }
        search(asked, std::move(filter));
    });
}

void RecordRoutes::execution(const CallRef& call) {
    const Ledger* const found = ledger(call);
    if (found == nullptr) return;
    const std::string text = call->parameters.front();
    context_.calls.read<Found>(
        call,
        [found, text]() -> Result<Found> {
            auto entry = found->entry(text);
            if (!entry) return tl::unexpected(std::move(entry).error());
            auto attempts = found->attempts(entry->id);
            if (!attempts) return tl::unexpected(std::move(attempts).error());
            return Found{std::move(*entry), std::move(*attempts)};
        },
        [text](const CallRef& read, Result<Found> entry) {
            if (!entry) return read->fail(problem_of_execution(entry.error(), text));
            std::string body;
            append_entry(body, entry->entry, &entry->attempts);
            read->answer(200, std::move(body));
        });
}

void RecordRoutes::output(const CallRef& call) {
    const auto attempt = call->number("attempt", 1, INT32_MAX);
    const auto from = call->number("from", 0, INT64_MAX);
    if (call->has_failed()) return;
    const Ledger* const found = ledger(call);
    if (found == nullptr) return;
    const std::string text = call->parameters.front();
    context_.calls.read<ShownOutput>(
        call,
        [found, text, attempt, from]() -> Result<ShownOutput> {
            const auto entry = found->entry(text);
            if (!entry) return tl::unexpected(entry.error());
            auto output = found->output(
                entry->id,
                attempt ? std::optional(static_cast<std::uint32_t>(*attempt)) : std::nullopt);
            if (!output && output.error().code == ErrorCode::not_found) {
                return fail(ErrorCode::unavailable, output.error().message);
            }
            if (!output) return tl::unexpected(std::move(output).error());
            return ShownOutput{std::move(*output), static_cast<std::uint64_t>(from.value_or(0))};
        },
        [text](const CallRef& read, Result<ShownOutput> output) {
            if (output) return read->answer(output_response(*output));
            Problem problem = problem_of_execution(output.error(), text);
            if (output.error().code == ErrorCode::unavailable) problem.kind = ProblemKind::expired;
            read->fail(problem);
        });
}

void RecordRoutes::revisions(const CallRef& call) {
    const Ledger* const found = ledger(call);
    if (found == nullptr) return;
    const std::string name = call->parameters.front();
    context_.calls.read<std::string>(
        call,
        [this, found, name, role = call->peer().role]() -> Result<std::string> {
            const auto all = found->revisions(name);
            if (!all) return tl::unexpected(all.error());
            if (all->empty()) return fail(ErrorCode::not_found, "There is no job '" + name + "'.");
            const config::Account own = context_.engine.job_options().account;
            std::string body;
            base::JsonObject members(body);
            members.text("job", name);
            members.key("revisions");
            base::JsonArray list(body);
            for (auto revision = all->rbegin(); revision != all->rend(); ++revision) {
                list.element();
                base::JsonObject one(body);
                one.number("revision", revision->stored.revision);
                one.text("from", base::rfc3339(revision->stored.effective_from));
                if (revision->until) one.text("until", base::rfc3339(*revision->until));
                if (!revision->stored.note.empty()) one.text("note", revision->stored.note);
                if (revision->stored.job) {
                    auto document = config::job_document(*revision->stored.job, own);
                    hide_values(document, role);
                    one.key("definition");
                    append_value(body, document);
                }
                one.end();
            }
            list.end();
            members.end();
            return body;
        },
        [](const CallRef& read, Result<std::string> body) {
            if (!body) return read->fail(problem_of(body.error()));
            read->answer(200, std::move(*body));
        });
}

void RecordRoutes::audit(const CallRef& call) {
    NoteFilter filter;
    filter.actor = call->query("actor").value_or("");
    filter.action = call->query("action").value_or("");
    if (const auto job = call->query("job")) filter.job = *job;
    filter.from = call->instant("from");
    filter.limit =
        static_cast<std::size_t>(call->number("limit", 1, most_rows).value_or(usual_rows));
    if (const auto cursor = call->query("cursor")) {
        const std::string text = decode_cursor(*cursor).value_or("");
        const auto [rest, error] =
            std::from_chars(text.data(), text.data() + text.size(), filter.skip);
        if (error != std::errc() || text.empty() || rest != text.data() + text.size()) {
            call->refuse("?cursor", "The cursor is not one of this list");
        }
    }
    if (call->has_failed()) return;
    const Ledger* const found = ledger(call);
    if (found == nullptr) return;
    context_.calls.read<std::string>(
        call,
        [found, filter]() -> Result<std::string> {
            auto notes = found->audit(most_read_notes);
            if (!notes) return tl::unexpected(std::move(notes).error());
            std::erase_if(*notes, [&](const AuditNote& note) { return !passes(note, filter); });
            std::reverse(notes->begin(), notes->end());
            const std::size_t begin = std::min(filter.skip, notes->size());
            const std::size_t end = std::min(begin + filter.limit, notes->size());
            const std::vector<AuditNote> shown(notes->begin() + static_cast<std::ptrdiff_t>(begin),
                                               notes->begin() + static_cast<std::ptrdiff_t>(end));
            return notes_json(shown, end, end < notes->size());
        },
        [](const CallRef& read, Result<std::string> body) {
            if (!body) return read->fail(problem_of(body.error()));
            read->answer(200, std::move(*body));
        });
}

}  // namespace quantum::server
