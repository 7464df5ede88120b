#include "cli/definitions.hpp"

#include <utility>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/account.hpp"
#include "config/diagnostic.hpp"
#include "config/job_document.hpp"
#include "config/job_file.hpp"
#include "config/load.hpp"
#include "config/local_zone.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {

std::optional<std::vector<NamedDocument>> read_documents(const std::string& path,
                                                         const std::string& text) {
    const std::string zone = config::zone_or_local({});
    config::JobFileOptions options;
    options.path = path;
    options.zone = zone;
    options.account = config::own_account();
    // As whom a job may run is for the daemon to say.
    options.system = true;
    options.allow_run_as_group = {"*"};
    const config::JobFile file = config::parse_job_file(text, options);
    bool is_bad = false;
    for (const config::Diagnostic& problem : file.diagnostics) {
        const bool is_error = problem.severity == config::Severity::error;
        is_bad = is_bad || is_error;
        print_error(config::position(path, problem) + ": " +
                    std::string(to_string(problem.severity)) + ": " + problem.message);
    }
    if (is_bad) return std::nullopt;
    if (file.entries.empty()) {
        print_error(config::printable_path(path) + " defines no job");
        return std::nullopt;
    }
    std::vector<NamedDocument> jobs;
    for (const config::JobFileEntry& entry : file.entries) {
        jobs.push_back({entry.job.name(), config::job_document(entry.job, options.account)});
    }
    return jobs;
}

Asked put_definition(ApiLink& link, const NamedDocument& job, const std::string& tag,
                     const std::string& note) {
    client::Question question;
    question.method = "PUT";
    question.target = job_path(job.name);
    if (!note.empty()) question.target += "?note=" + client::encoded(note);
    if (tag.empty()) {
        question.headers.emplace_back("If-None-Match", "*");
    } else {
        question.headers.emplace_back("If-Match", tag);
    }
    server::append_value(question.body, job.document);
    return ask(link, std::move(question));
}

Asked get_definition(ApiLink& link, const std::string& name) {
    return ask(link, {.target = job_path(name)});
}

}  // namespace quantum::cli
