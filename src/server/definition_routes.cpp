#include "server/definition_routes.hpp"

#include <utility>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/job_diff.hpp"
#include "config/job_document.hpp"
#include "model/job_parts.hpp"
#include "server/job_json.hpp"
#include "server/job_routes.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

/// The members of an error of the engine that a definition meets.
Problem refusal_of(const Error& error) {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::invalid_argument) problem.kind = ProblemKind::invalid_job;
    return problem;
}

/// "api:oncall"; who showed a token is "api:token:ci".
std::string source_of(const std::string& actor) {
    return actor.starts_with("api:") ? actor : "api:" + actor;
}

/// A document as it was read.
struct ReadJob {
    std::optional<Job> job{};
    std::vector<config::DocumentFault> faults{};  ///< if there is no job: why
};

void fail_invalid(const CallRef& call, const std::vector<config::DocumentFault>& faults) {
    Problem problem{ProblemKind::invalid_job, faults.front().message + '.'};
    if (faults.size() > 1) {
        problem.detail += " There are " + std::to_string(faults.size() - 1) + " more errors.";
    }
    for (const config::DocumentFault& fault : faults) {
        problem.errors.push_back({fault.pointer, fault.message, fault.did_you_mean});
    }
    call->fail(problem);
}

}  // namespace

std::optional<DefinitionRoutes::Wanted> DefinitionRoutes::precondition(const CallRef& call,
                                                                       const JobIndex& index,
                                                                       const std::string& name) {
    const IndexedJob* const known = index.find(name);
    if (known != nullptr && config::is_of_file(known->job()) &&
        !mutated(ServerMutant::file_job_edited)) {
        call->fail(ProblemKind::file_owned,
                   "'" + config::printable(name) + "' is defined in " +
                       config::printable(model::JobParts::source(known->job()), 300) +
                       ": change it there, and reload.");
        return std::nullopt;
    }
    const std::string tag =
        known == nullptr ? std::string()
                         : entity_tag(known->revision,
                                      JobIndex::condition_of(known->job(), context_.engine.now()));
    const auto match = call->request().header("if-match");
    const bool if_none = call->request().header("if-none-match") == "*";
    if (if_none && known != nullptr) {
        call->fail(ProblemKind::exists, "The job '" + config::printable(name) + "' exists.");
        return std::nullopt;
    }
    if (if_none) return Wanted{0};
    if (!match && !mutated(ServerMutant::precondition_optional)) {
        call->fail(ProblemKind::precondition_required,
                   "Send If-None-Match: * to add a job, or If-Match with the ETag of the one that "
                   "is meant.");
        return std::nullopt;
    }
    if (known == nullptr) {
        fail_no_job(call, index, name);
        return std::nullopt;
    }
    if (match && *match != "*" && *match != tag) {
        Problem problem{ProblemKind::stale,
                        "The job has changed meanwhile; its ETag is " + tag + " now."};
        problem.headers.emplace_back("ETag", tag);
        call->fail(problem);
        return std::nullopt;
    }
    return Wanted{known->revision};
}

void DefinitionRoutes::put(const CallRef& call) {
    const std::string name = call->parameters.front();
    static_cast<void>(call->flag("check"));
    if (call->has_failed()) return;
    context_.keeper.with_jobs(call, [this, name](const CallRef& asked, const JobIndex& index) {
        if (const auto wanted = precondition(asked, index, name)) read_job(asked, name, *wanted);
    });
}

// With the reader of job files, which may ask for accounts: on the reading thread.
void DefinitionRoutes::read_job(const CallRef& call, const std::string& name, Wanted wanted) {
    context_.calls.read<ReadJob>(
        call,
        [this, name, document = call->body]() -> Result<ReadJob> {
            auto job = config::job_of_document(name, document, context_.engine.job_options());
            if (!job) return ReadJob{{}, std::move(job).error()};
            return ReadJob{std::move(*job), {}};
        },
        [this, wanted](const CallRef& asked, Result<ReadJob> read) {
            if (!read->job) return fail_invalid(asked, read->faults);
            if (asked->flag("check")) return asked->answer(200, R"({"valid":true})");
            store(asked, std::move(*read->job), wanted);
        });
}

void DefinitionRoutes::store(const CallRef& call, Job job, Wanted wanted) {
    scheduler::AddJobs request;
    job.set_source(source_of(call->peer().actor));
    request.jobs.push_back(std::move(job));
    request.if_revision = wanted.revision;
    request.actor = call->peer().actor;
    request.note = call->query("note").value_or("");
    context_.calls.ask<StoredJob>(
        call,
        [this, request = std::move(request)](auto then) mutable {
            context_.engine.put_job(std::move(request), std::move(then));
        },
        [this, wanted](const CallRef& asked, Result<StoredJob> stored) {
            if (!stored) return asked->fail(refusal_of(stored.error()));
            const JobCondition condition =
                JobIndex::condition_of(*stored->job, context_.engine.now());
            Response response;
            response.status = wanted.revision == 0 ? 201 : 200;
            base::JsonObject members(response.body);
            members.text("name", stored->job->name());
            members.number("revision", stored->revision);
            members.text("state", to_string(condition));
            members.end();
            response.body += '\n';
            response.headers.emplace_back("ETag", entity_tag(stored->revision, condition));
            if (wanted.revision == 0) {
                response.headers.emplace_back("Location",
                                              "/v1/jobs/" + encode_segment(stored->job->name()));
            }
            asked->answer(std::move(response));
        });
}

void DefinitionRoutes::remove(const CallRef& call) {
    const std::string name = call->parameters.front();
    const bool kill = call->flag("kill");
    if (call->has_failed()) return;
    context_.keeper.with_jobs(call, [this, name, kill](const CallRef& asked,
                                                       const JobIndex& index) {
        if (index.find(name) == nullptr) return fail_no_job(asked, index, name);
        const auto wanted = precondition(asked, index, name);
        if (!wanted) return;
        scheduler::RemoveJob request{name, kill, asked->peer().actor, wanted->revision,
                                     std::string(asked->query("note").value_or(""))};
        context_.calls.ask<void>(
            asked,
            [this, request](auto then) { context_.engine.remove_job(request, std::move(then)); },
            [](const CallRef& removed, Result<void> done) {
                if (!done) return removed->fail(problem_of(done.error()));
                Response response;
                response.status = 204;
                removed->answer(std::move(response));
            });
    });
}

}  // namespace quantum::server
