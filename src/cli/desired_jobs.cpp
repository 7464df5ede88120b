#include "cli/desired_jobs.hpp"

#include <utility>

namespace quantum::cli {
namespace {

std::string text_of(const ReadAs& read_as) {
    std::string text = "zone=" + read_as.zone;
    if (read_as.system) text += " system";
    if (read_as.new_privileges) text += " new_privileges";
    for (const std::string& name : read_as.pass_env) text += " env=" + name;
    return text;
}

}  // namespace

daemon::DesiredJobs desired_jobs(std::vector<config::LoadedFile> files, const ReadAs& read_as) {
    config::CommonSettings common = config::common_settings(files);
    daemon::DesiredJobs wanted{.files = {},
                               .allow_run_as = std::move(common.allow_run_as),
                               .allow_run_as_group = std::move(common.allow_run_as_group),
                               .tag_concurrency = std::move(common.tag_concurrency),
                               .read_as = text_of(read_as)};
    for (config::LoadedFile& file : files) {
        const auto verdict = file.verdict();
        wanted.files.push_back({file.path, std::move(file.jobs),
                                verdict ? verdict->message : std::string(), file.fingerprint});
    }
    return wanted;
}

}  // namespace quantum::cli
