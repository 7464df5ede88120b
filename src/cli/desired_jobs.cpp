#include "cli/desired_jobs.hpp"

#include <utility>

namespace quantum::cli {
namespace {

std::string read_as(const daemon::RunSettings& said, const std::string& zone) {
    std::string text = "zone=" + zone;
    if (said.system.value_or(false)) text += " system";
    if (said.new_privileges.value_or(false)) text += " new_privileges";
    if (said.dialect == Dialect::seconds) text += " seconds";
    if (said.spool) text += " spool=" + *said.spool;
    for (const std::string& name : said.pass_env.value_or(std::vector<std::string>())) {
        text += " env=" + name;
    }
    return text;
}

}  // namespace

daemon::DesiredJobs desired_jobs(std::vector<config::LoadedFile> files,
                                 const daemon::RunSettings& said, const std::string& zone) {
    config::CommonSettings common = config::common_settings(files);
    daemon::DesiredJobs wanted{.files = {},
                               .allow_run_as = std::move(common.allow_run_as),
                               .allow_run_as_group = std::move(common.allow_run_as_group),
                               .tag_concurrency = std::move(common.tag_concurrency),
                               .read_as = read_as(said, zone)};
    for (config::LoadedFile& file : files) {
        const auto verdict = file.verdict();
        const bool is_users = !file.owner.empty();
        if (is_users) wanted.allow_run_as.push_back(file.owner);
        wanted.files.push_back({file.path, std::move(file.jobs),
                                verdict ? verdict->message : std::string(), is_users,
                                file.fingerprint});
    }
    return wanted;
}

}  // namespace quantum::cli
