#include "server/routes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "server/api_parts.hpp"

namespace quantum::server {
namespace {

constexpr RouteField note_field{"note", "string", "why, for the audit log"};

constexpr std::array selector_query{
    RouteField{"q", "string", "part of the name or of the command"},
    RouteField{"prefix", "string", "what the name begins with"},
    RouteField{"tag", "string, may be repeated", "jobs with all of these tags"},
    RouteField{"source", "string", "the file that defines it, or \"api\""},
    RouteField{"state", "word, may be repeated", "active, inactive, finished, paused"},
    RouteField{"outcome", "word, may be repeated", "how the last run ended"},
    RouteField{"alarm", "word", "failing: the last run did not succeed"},
    RouteField{"due_before", "instant", "jobs that are due before this"},
    RouteField{"sort", "word", "name, next, last, failures, p95"},
    RouteField{"limit", "number", "the most rows, 1 to 1000; 100 if it is not given"},
    RouteField{"cursor", "string", "`next` of the page before"},
    RouteField{"offset", "number", "instead of a cursor: how many rows to leave out"},
    RouteField{"names", "true or false", "names only, for completion"},
};
constexpr std::array execution_query{
    RouteField{"job", "string", "executions of this job"},
    RouteField{"tag", "string", "executions of jobs that have this tag now"},
    RouteField{"state", "word, may be repeated", "claimed, started, succeeded, failed, …"},
    RouteField{"reason", "word, may be repeated", "why they were skipped"},
    RouteField{"kind", "word", "scheduled, manual"},
    RouteField{"from", "instant", "due at or after this"},
    RouteField{"until", "instant", "due before this"},
    RouteField{"longer_than", "duration", "that took longer than this"},
    RouteField{"limit", "number", "the most rows, 1 to 1000; 100 if it is not given"},
    RouteField{"cursor", "string", "`next` of the page before"},
};
constexpr std::array output_query{
    RouteField{"attempt", "number", "of this attempt; the last one with output if it is not given"},
    RouteField{"from", "number", "leave out this many bytes"},
};
constexpr std::array due_query{
    RouteField{"from", "instant", "strictly after this; now if it is not given"},
    RouteField{"count", "number", "how many, 1 to 1000; 10 if it is not given"},
    RouteField{"until", "instant", "before this"},
};
constexpr std::array audit_query{
    RouteField{"actor", "string", "notes of this actor"},
    RouteField{"action", "word", "pause, resume, trigger, kill, add, update, delete, …"},
    RouteField{"job", "string", "notes about this job"},
    RouteField{"from", "instant", "at or after this"},
    RouteField{"limit", "number", "the most notes, 1 to 1000; 100 if it is not given"},
    RouteField{"cursor", "string", "`next` of the page before"},
};
constexpr std::array events_query{
    RouteField{"after", "string", "`next` of the answer before; none: from now on"},
    RouteField{"wait", "duration", "how long to wait if there is nothing yet, at most 30s"},
    RouteField{"kind", "word, may be repeated", "events of these kinds"},
    RouteField{"job", "string", "events of this job"},
    RouteField{"limit", "number", "the most events, 1 to 1000; 100 if it is not given"},
};
constexpr std::array delete_query{
    RouteField{"kill", "true or false", "end what runs; if not, it runs to its end"},
    RouteField{"note", "string", "why, for the audit log"},
};
constexpr std::array put_query{
    RouteField{"note", "string", "why, for the audit log"},
    RouteField{"check", "true or false", "say what is wrong, and change nothing"},
};
constexpr std::array pause_body{
    RouteField{"until", "instant", "when the pause ends by itself; if not given, at `resume`"},
    note_field};
constexpr std::array note_body{note_field};
constexpr std::array bulk_body{
    RouteField{"jobs", "list of strings", "the names"},
    RouteField{"tag", "string", "or all with this tag"},
    RouteField{"all", "true or false", "or all there are"},
    RouteField{"expect", "number", "how many the caller has seen; another number changes nothing"},
    note_field};
constexpr std::array bulk_pause_body{
    RouteField{"jobs", "list of strings", "the names"},
    RouteField{"tag", "string", "or all with this tag"},
    RouteField{"all", "true or false", "or all there are"},
    RouteField{"expect", "number", "how many the caller has seen; another number changes nothing"},
    RouteField{"until", "instant", "when the pause ends by itself"},
    note_field};
constexpr std::array bulk_kill_body{
    RouteField{"executions", "list of strings", "their IDs"},
    RouteField{"job", "string", "or all that run of this job"},
    RouteField{"expect", "number", "how many the caller has seen; another number ends nothing"},
    note_field};
constexpr std::array reload_body{
    RouteField{"plan", "string", "its digest; nothing changes if files or jobs are others by now"},
    note_field};
constexpr std::array drain_body{
    RouteField{"timeout", "duration", "end what runs after this; if not given, it is waited for"},
    note_field};
constexpr std::array token_body{RouteField{"name", "string", "what it is called in the audit log"},
                                RouteField{"role", "word", "read, operate, admin"},
                                RouteField{"expires", "instant", "when it ends by itself"}};

/// A handler: a method of one of the parts.
template <auto part, auto method>
void to(ApiParts& parts, const CallRef& call) {
    ((parts.*part).*method)(call);
}

constexpr std::array routes{
    Route{Method::get, "/livez", Role::none, to<&ApiParts::daemon, &DaemonRoutes::live>,
          "200 if the thread that decides goes on, 503 if it hangs"},
    Route{Method::get, "/readyz", Role::none, to<&ApiParts::daemon, &DaemonRoutes::ready>,
          "200 if due times can be decided and stored, 503 if not"},
    Route{Method::get, "/healthz", Role::none, to<&ApiParts::daemon, &DaemonRoutes::ready>,
          "the same as /readyz"},
    Route{Method::get, "/health", Role::none, to<&ApiParts::daemon, &DaemonRoutes::ready>,
          "the same as /readyz"},
    Route{Method::get, "/v1", Role::read, to<&ApiParts::daemon, &DaemonRoutes::version>,
          "API, version, node and role"},
    Route{Method::get, "/v1/status", Role::read, to<&ApiParts::daemon, &DaemonRoutes::status>,
          "whether it runs, how far it has decided, what is wrong"},
    Route{Method::get, "/v1/jobs", Role::read, to<&ApiParts::jobs, &JobRoutes::list>,
          "jobs, a page at a time", selector_query},
    Route{Method::get, "/v1/jobs/{job}", Role::read, to<&ApiParts::jobs, &JobRoutes::show>,
          "a job: definition and status"},
    Route{Method::put, "/v1/jobs/{job}", Role::admin,
          to<&ApiParts::definitions, &DefinitionRoutes::put>,
          "adds a job of the API, or replaces it; needs If-Match or If-None-Match", put_query},
    Route{Method::remove, "/v1/jobs/{job}", Role::admin,
          to<&ApiParts::definitions, &DefinitionRoutes::remove>,
          "deletes a job of the API; needs If-Match", delete_query},
    Route{Method::post,
          "/v1/jobs/{job}/pause",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::pause>,
          "holds a job back",
          {},
          pause_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/jobs/{job}/resume",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::resume>,
          "ends a pause",
          {},
          note_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/jobs/{job}/runs",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::trigger>,
          "runs a job once, now",
          {},
          note_body,
          Repeats::with_ledger,
          true},
    Route{Method::get, "/v1/jobs/{job}/due", Role::read, to<&ApiParts::jobs, &JobRoutes::due>,
          "the next due times of a job", due_query},
    Route{Method::get, "/v1/jobs/{job}/revisions", Role::read,
          to<&ApiParts::records, &RecordRoutes::revisions>, "the definitions that a job has had"},
    Route{Method::post,
          "/v1/jobs:pause",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::pause_many>,
          "holds several jobs back, all or none",
          {},
          bulk_pause_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/jobs:resume",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::resume_many>,
          "ends several pauses, all or none",
          {},
          bulk_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/jobs:trigger",
          Role::operate,
          to<&ApiParts::changes, &ChangeRoutes::trigger_many>,
          "runs several jobs once, now",
          {},
          bulk_body,
          Repeats::with_ledger,
          true},
    Route{Method::get, "/v1/runs", Role::read, to<&ApiParts::runs, &RunRoutes::list>,
          "what runs and what waits, with process and memory"},
    Route{Method::get, "/v1/executions", Role::read,
          to<&ApiParts::records, &RecordRoutes::executions>,
          "executions, newest first, a page at a time", execution_query},
    Route{Method::get, "/v1/executions/{id}", Role::read,
          to<&ApiParts::records, &RecordRoutes::execution>, "an execution with its attempts"},
    Route{Method::get, "/v1/executions/{id}/output", Role::read,
          to<&ApiParts::records, &RecordRoutes::output>, "what it wrote, as bytes", output_query},
    Route{Method::post,
          "/v1/executions/{id}/kill",
          Role::operate,
          to<&ApiParts::runs, &RunRoutes::kill>,
          "ends a run: TERM, then KILL",
          {},
          note_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/executions:kill",
          Role::operate,
          to<&ApiParts::runs, &RunRoutes::kill_many>,
          "ends several runs",
          {},
          bulk_kill_body,
          Repeats::with_key},
    Route{Method::post,
          "/v1/reload",
          Role::operate,
          to<&ApiParts::daemon, &DaemonRoutes::reload>,
          "reads the files again",
          {},
          reload_body,
          Repeats::with_key,
          true},
    Route{Method::post,
          "/v1/drain",
          Role::admin,
          to<&ApiParts::daemon, &DaemonRoutes::drain>,
          "starts nothing more, and ends the program when nothing runs any more",
          {},
          drain_body,
          Repeats::with_key},
    Route{Method::get, "/v1/audit", Role::read, to<&ApiParts::records, &RecordRoutes::audit>,
          "who changed what, newest first", audit_query},
    Route{Method::get, "/v1/events", Role::read, to<&ApiParts::events, &EventRoutes::events>,
          "what happens, as it happens", events_query},
    Route{Method::get, "/v1/tokens", Role::admin, to<&ApiParts::tokens, &TokenRoutes::list>,
          "tokens for TCP: names, roles, last use"},
    Route{Method::post,
          "/v1/tokens",
          Role::admin,
          to<&ApiParts::tokens, &TokenRoutes::add>,
          "makes a token; its value is shown once",
          {},
          token_body},
    Route{Method::remove, "/v1/tokens/{name}", Role::admin,
          to<&ApiParts::tokens, &TokenRoutes::remove>, "ends a token"},
};

/// Takes the next segment off a pattern.
std::string_view take_segment(std::string_view& pattern) {
    pattern.remove_prefix(1);  // the slash
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view segment = pattern.substr(0, end);
    pattern.remove_prefix(end);
    return segment;
}

bool matches(std::string_view pattern, const std::vector<std::string>& path,
             std::vector<std::string>& parameters) {
    for (const std::string& segment : path) {
        if (pattern.empty()) return false;
        const std::string_view wanted = take_segment(pattern);
        if (wanted.starts_with('{')) {
            parameters.push_back(segment);
        } else if (wanted != segment) {
            return false;
        }
    }
    return pattern.empty();
}

}  // namespace

std::span<const Route> all_routes() { return routes; }

RouteMatch find_route(Method method, const std::vector<std::string>& path) {
    RouteMatch match;
    for (const Route& route : routes) {
        std::vector<std::string> parameters;
        if (!matches(route.pattern, path, parameters)) continue;
        if (!match.allowed.empty()) match.allowed += ", ";
        match.allowed += to_string(route.method);
        if (route.method != method) continue;
        match.route = &route;
        match.parameters = std::move(parameters);
    }
    return match;
}

bool is_health_route(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    return path == "/livez" || path == "/readyz" || path == "/healthz" || path == "/health" ||
           path == "/v1/status";
}

}  // namespace quantum::server
