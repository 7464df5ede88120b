#include "server/job_routes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <boost/json.hpp>

#include "quantum/explain.hpp"
#include "quantum/schedule.hpp"

#include "base/rfc3339.hpp"
#include "config/diagnostic.hpp"
#include "config/job_diff.hpp"
#include "config/job_document.hpp"
#include "model/job_parts.hpp"
#include "server/execution_search.hpp"
#include "server/job_json.hpp"
#include "server/json_value.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

constexpr std::int64_t most_names = 100'000;
constexpr std::size_t most_answer = std::size_t{4} << 20U;
constexpr std::size_t shown_near = 3;
constexpr std::int64_t usual_dues = 10;

constexpr std::array condition_words{JobCondition::active, JobCondition::inactive,
                                     JobCondition::finished, JobCondition::paused};

std::vector<std::string> texts_of(const std::vector<std::string_view>& views) {
    return {views.begin(), views.end()};
}

/// The place in the order of a list where a page begins: what the last row before it was.
std::string cursor_of(JobOrder order, const IndexedJob& job) {
    return encode_cursor(std::to_string(static_cast<int>(order)) + ' ' + job.job().name());
}

std::string_view zone_text(const Job& job) {
    return job.schedule() ? job.schedule()->zone_name() : std::string_view("UTC");
}

/// What only the engine knows.
void append_executions(base::JsonObject& members, std::string& out,
                       const scheduler::ExecutionView& view, const Job& job) {
    if (view.next_due) {
        members.key("next");
        append_instant(out, *view.next_due, zone_text(job));
    }
    members.number("open", view.open);
    members.number("waiting", view.waiting);
    if (view.stuck > 0) members.number("stuck", view.stuck);
    if (view.retry_at) members.text("retry_at", base::rfc3339(*view.retry_at));
    if (view.no_future) members.text("problem", "the schedule has no further due time");
}

std::string due_json(const std::vector<WallTime>& dues, const Job& job) {
    std::string body;
    base::JsonObject members(body);
    members.text("job", job.name());
    members.key("due");
    base::JsonArray list(body);
    for (const WallTime due : dues) {
        list.element();
        append_instant(body, due, zone_text(job));
    }
    list.end();
    if (const Duration jitter = job.policies().jitter; jitter != Duration::zero()) {
        members.number("jitter_us", jitter.count());
    }
    members.end();
    return body;
}

}  // namespace

void fail_no_job(const CallRef& call, const JobIndex& index, const std::string& name) {
    Problem problem{ProblemKind::no_job, "There is no job '" + config::printable(name) + "'."};
    const std::vector<std::string> near = index.nearest(name, shown_near);
    if (!near.empty()) {
        std::string names;
        base::JsonArray list(names);
        problem.detail += " Near it:";
        for (const std::string& one : near) {
            list.text(one);
            problem.detail += (one == near.front() ? " '" : ", '") + config::printable(one) + '\'';
        }
        list.end();
        problem.detail += '.';
        problem.members.emplace_back("nearest", std::move(names));
    }
    call->fail(problem);
}

JobFilter filter_of(Call& call) {
    JobFilter filter;
    filter.prefix = call.query("prefix").value_or("");
    filter.part = call.query("q").value_or("");
    filter.tags = texts_of(call.queries("tag"));
    filter.source = call.query("source").value_or("");
    filter.outcomes = texts_of(call.queries("outcome"));
    filter.alarms = texts_of(call.queries("alarm"));
    for (const std::string& alarm : filter.alarms) {
        if (alarm != "failing") call.refuse("?alarm", "alarm must be failing");
    }
    for (const std::string& outcome : filter.outcomes) {
        if (!entry_state_named(outcome))
            call.refuse("?outcome", "'" + config::printable(outcome) + "' is no outcome of a run");
    }
    filter.due_before = call.instant("due_before");
    for (const std::string_view word : call.queries("state")) {
        const auto known =
            std::find_if(condition_words.begin(), condition_words.end(),
                         [word](JobCondition one) { return to_string(one) == word; });
        if (known == condition_words.end()) {
            call.refuse("?state", "state must be active, inactive, finished or paused");
        } else {
            filter.conditions.push_back(*known);
        }
    }
    return filter;
}

void JobRoutes::list(const CallRef& call) {
    const JobFilter filter = filter_of(*call);
    const auto order = job_order_named(call->query("sort").value_or("name"));
    if (!order) {
        Problem problem{ProblemKind::malformed, "sort must be name, next, last, failures or p95."};
        problem.errors.push_back({"?sort", problem.detail});
        return call->fail(problem);
    }
    if (call->has_failed()) return;
    context_.keeper.with_jobs(
        call, [this, filter, order = *order](const CallRef& asked, const JobIndex& index) {
            answer_page(asked, index, filter, order);
        });
}

void JobRoutes::answer_page(const CallRef& call, const JobIndex& index, const JobFilter& filter,
                            JobOrder order) {
    const WallTime now = context_.engine.now();
    const bool only_names = call->flag("names");
    const auto limit = static_cast<std::size_t>(
        call->number("limit", 1, only_names ? most_names : most_rows).value_or(usual_rows));
    const auto offset = call->number("offset", 0, INT64_MAX);
    const auto cursor = call->query("cursor");
    if (call->has_failed()) return;
    const std::vector<const IndexedJob*> found = index.select(filter, order, now);
    std::size_t begin = static_cast<std::size_t>(offset.value_or(0));
    if (cursor) {
        // A row that is gone leaves its place: the page begins after where it would stand.
        const auto text = decode_cursor(*cursor);
        const std::size_t blank = text ? text->find(' ') : std::string::npos;
        if (blank == std::string::npos) {
            return call->fail(ProblemKind::malformed, "The cursor is not one of this list.");
        }
        const std::string name = text->substr(blank + 1);
        const auto is_it = [&name](const IndexedJob* job) { return job->job().name() == name; };
        const auto same = std::find_if(found.begin(), found.end(), is_it);
        const auto place =
            same != found.end() || order != JobOrder::name
                ? same
                : std::find_if(found.begin(), found.end(),
                               [&name](const IndexedJob* job) { return job->job().name() > name; });
        begin = static_cast<std::size_t>(place - found.begin());
        if (same != found.end() && !mutated(ServerMutant::page_overlaps)) ++begin;
    }
    std::string body;
    base::JsonObject members(body);
    members.number("total", static_cast<std::int64_t>(found.size()));
    members.key("jobs");
    base::JsonArray rows(body);
    std::size_t at = std::min(begin, found.size());
    for (std::size_t count = 0; at < found.size() && count < limit && body.size() < most_answer;
         ++at, ++count) {
        const Job& job = found[at]->job();
        if (only_names) {
            rows.text(job.name());
        } else {
            rows.element();
            append_job_row(body, *found[at], now, context_.keeper.paused_by(job.name()));
        }
    }
    rows.end();
    if (at < found.size() && at > 0) members.text("next", cursor_of(order, *found[at - 1]));
    members.end();
    call->answer(200, std::move(body));
}

void JobRoutes::show(const CallRef& call) {
    const std::string name = call->parameters.front();
    context_.keeper.with_jobs(call, [this, name](const CallRef& asked, const JobIndex& index) {
        if (index.find(name) == nullptr) return fail_no_job(asked, index, name);
        using View = std::optional<scheduler::JobView>;
        context_.calls.ask<View>(
            asked, [this, name](auto then) { context_.engine.find_job(name, std::move(then)); },
            [this, name](const CallRef& found_by, Result<View> found) {
                if (!found) return found_by->fail(problem_of(found.error()));
                if (!*found) return fail_no_job(found_by, context_.keeper.index(), name);
                describe(found_by, std::move(**found));
            });
    });
}

// As a document, which may ask for accounts: on the reading thread.
void JobRoutes::describe(const CallRef& call, scheduler::JobView view) {
    using Document = boost::json::object;
    context_.calls.read<Document>(
        call,
        [this, job = view.stored.job] {
            return Result<Document>(
                config::job_document(*job, context_.engine.job_options().account));
        },
        [this, view](const CallRef& asked, Result<Document> document) {
            const Job& job = *view.stored.job;
            const WallTime now = context_.engine.now();
            const JobCondition condition = JobIndex::condition_of(job, now);
            Response response;
            std::string& body = response.body;
            base::JsonObject members(body);
            members.text("name", job.name());
            members.text("state", to_string(condition));
            append_pause(members, body, job, now, context_.keeper.paused_by(job.name()));
            members.number("revision", view.stored.revision);
            members.text("since", base::rfc3339(view.stored.effective_from));
            if (std::string source = model::JobParts::source(job); !source.empty()) {
                members.text("source", source);
            }
            if (job.schedule()) members.text("meaning", quantum::explain(*job.schedule()));
            append_executions(members, body, view.executions, job);
            if (const IndexedJob* const indexed = context_.keeper.index().find(job.name())) {
                append_last(members, body, *indexed);
                if (indexed->activity) {
                    members.text("hours", indexed->activity->strip_at(now));
                }
            }
            hide_values(*document, asked->peer().role);
            members.key("definition");
            append_value(body, *document);
            members.end();
            body += '\n';
            response.headers.emplace_back("ETag", entity_tag(view.stored.revision, condition));
            asked->answer(std::move(response));
        });
}

void JobRoutes::due(const CallRef& call) {
    const auto from = call->instant("from");
    const auto until = call->instant("until");
    const auto count = call->number("count", 1, most_rows);
    if (call->has_failed()) return;
    const std::string name = call->parameters.front();
    context_.keeper.with_jobs(call, [this, from, until, count, name](const CallRef& asked,
                                                                     const JobIndex& index) {
        const IndexedJob* const job = index.find(name);
        if (job == nullptr) return fail_no_job(asked, index, name);
        std::vector<WallTime> dues;
        const auto most = static_cast<std::size_t>(count.value_or(until ? most_rows : usual_dues));
        if (job->job().schedule()) {
            for (const WallTime due :
                 job->job().schedule()->after(from.value_or(context_.engine.now()))) {
                if ((until && due >= *until) || dues.size() >= most) break;
                dues.push_back(due);
            }
        }
        asked->answer(200, due_json(dues, job->job()));
    });
}

}  // namespace quantum::server
