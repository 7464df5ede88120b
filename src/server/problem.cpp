#include "server/problem.hpp"

#include <array>

#include "base/json_text.hpp"

namespace quantum::server {
namespace {

constexpr std::array<ProblemWords, problem_kinds> all_words{{
    {ProblemKind::malformed, 400, "malformed", "The request cannot be understood"},
    {ProblemKind::unknown_field, 400, "unknown-field", "A field of the request is unknown"},
    {ProblemKind::invalid_job, 400, "invalid-job", "The job is invalid"},
    {ProblemKind::who, 401, "who", "Credentials are needed"},
    {ProblemKind::role, 403, "role", "The role does not allow this"},
    {ProblemKind::no_route, 404, "no-route", "There is no such resource"},
    {ProblemKind::no_job, 404, "no-job", "There is no such job"},
    {ProblemKind::no_execution, 404, "no-execution", "There is no such execution"},
    {ProblemKind::expired, 404, "expired", "It is not kept any more"},
    {ProblemKind::method, 405, "method", "The resource does not take this method"},
    {ProblemKind::not_acceptable, 406, "not-acceptable", "There is no such representation"},
    {ProblemKind::overlap, 409, "overlap", "An earlier run is in the way"},
    {ProblemKind::file_owned, 409, "file-owned", "A file defines this job"},
    {ProblemKind::exists, 409, "exists", "The name is taken"},
    {ProblemKind::count_differs, 409, "count-differs", "The selection has changed"},
    {ProblemKind::plan_differs, 409, "plan-differs", "The files have changed"},
    {ProblemKind::not_running, 409, "not-running", "It is not running"},
    {ProblemKind::draining, 409, "draining", "The scheduler is being stopped"},
    {ProblemKind::under_way, 409, "under-way", "A request with this key is under way"},
    {ProblemKind::stale, 412, "stale", "It has changed meanwhile"},
    {ProblemKind::body, 413, "body", "The body is too large"},
    {ProblemKind::media_type, 415, "media-type", "The body must be JSON"},
    {ProblemKind::host, 421, "host", "This is not the host"},
    {ProblemKind::key_reused, 422, "key-reused", "The key belongs to another request"},
    {ProblemKind::precondition_required, 428, "precondition-required", "A precondition is needed"},
    {ProblemKind::slow_down, 429, "slow-down", "Too many requests"},
    {ProblemKind::headers, 431, "headers", "The headers are too large"},
    {ProblemKind::failed, 500, "failed", "It could not be done"},
    {ProblemKind::degraded, 503, "degraded", "Nothing can be stored"},
    {ProblemKind::starting, 503, "starting", "The scheduler is just starting"},
    {ProblemKind::stopped, 503, "stopped", "No scheduler is running"},
    {ProblemKind::timed_out, 504, "timed-out", "There was no answer in time"},
}};

constexpr bool is_in_order() {
    for (std::size_t at = 0; at < all_words.size(); ++at) {
        if (static_cast<std::size_t>(all_words[at].kind) != at) return false;
    }
    return true;
}
static_assert(is_in_order());

}  // namespace

const ProblemWords& words_of(ProblemKind kind) {
    return all_words.at(static_cast<std::size_t>(kind));
}

Response response_to(const Problem& problem, std::string_view request) {
    const ProblemWords& words = words_of(problem.kind);
    Response response;
    response.status = words.status;
    response.type = "application/problem+json";
    response.headers = problem.headers;
    base::JsonObject document(response.body);
    document.text("type", std::string("urn:quantum:problem:").append(words.name));
    document.text("title", words.title);
    document.number("status", words.status);
    document.text("detail", problem.detail);
    document.text("request", request);
    if (!problem.errors.empty()) {
        document.key("errors");
        base::JsonArray errors(response.body);
        for (const FieldProblem& error : problem.errors) {
            errors.element();
            base::JsonObject members(response.body);
            members.text("pointer", error.pointer);
            members.text("message", error.message);
            if (!error.did_you_mean.empty()) members.text("did_you_mean", error.did_you_mean);
            members.end();
        }
        errors.end();
    }
    for (const auto& [name, json] : problem.members) {
        document.key(name);
        response.body += json;
    }
    document.end();
    response.body += '\n';
    return response;
}

Problem problem_of(const Error& error) {
    ProblemKind kind = ProblemKind::failed;
    switch (error.code) {
        case ErrorCode::invalid_argument:
            kind = ProblemKind::malformed;
            break;
        case ErrorCode::not_found:
            kind = ProblemKind::no_job;
            break;
        case ErrorCode::already_exists:
            kind = ProblemKind::stale;
            break;
        case ErrorCode::unavailable:
            kind = ProblemKind::degraded;
            break;
        case ErrorCode::timed_out:
            kind = ProblemKind::timed_out;
            break;
        case ErrorCode::io_error:
        case ErrorCode::corrupt:
            break;
    }
    return {kind, error.message};
}

}  // namespace quantum::server
