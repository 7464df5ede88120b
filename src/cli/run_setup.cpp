#include "cli/run_setup.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/load_options.hpp"
#include "cli/output.hpp"
#include "config/account.hpp"
#include "config/job_directory.hpp"
#include "config/read_file.hpp"
#include "daemon/settings_file.hpp"

namespace quantum::cli {
namespace {

namespace fs = std::filesystem;

bool exists(const fs::path& path) {
    std::error_code none;
    return fs::exists(fs::symlink_status(path, none));
}

/// The directories of job files that belong to a configuration file.
std::vector<std::string> usual_files(const fs::path& config) {
    const fs::path directory = config.parent_path();
    return {(directory / "jobs.d").string(), (directory / "cron.d").string()};
}

}  // namespace

Result<RunSetup> RunSetup::find(const daemon::RunSettings& command_line,
                                const std::string& config) {
    RunSetup setup;
    setup.command_line_ = command_line;
    setup.settings_ = command_line;
    const bool is_service = config.empty() && !command_line.files && !command_line.spool;
    const std::string place = is_service ? std::string(daemon::settings_directory) : config;
    const bool may_be_missing = is_service || config::is_directory(place);
    const std::string path =
        may_be_missing ? (fs::path(place) / daemon::settings_name).string() : place;
    if (!place.empty() && (!may_be_missing || exists(path))) setup.read_config(path);
    if (setup.settings_.files) {
        setup.files_ = *setup.settings_.files;
        return setup;
    }
    if (place.empty()) return setup;  // a spool only
    setup.has_usual_files_ = true;
    setup.files_ = usual_files(path);
    if (may_be_missing && !setup.config_ && setup.files().empty() && !setup.settings_.spool) {
        return fail(ErrorCode::not_found, "no FILE is given, and there is neither " + path +
                                              " nor jobs.d or cron.d beside it");
    }
    return setup;
}

void RunSetup::read_config(const std::string& path) {
    const auto trust =
        config::own_account().is_root ? base::FileTrust::root : base::FileTrust::anybody;
    config_.emplace();
    config_->path = path;
    auto text = config::read_file(path, trust);
    if (!text) {
        config_->unreadable = std::move(text).error();
        return;
    }
    std::error_code none;
    auto file = daemon::parse_settings_file(*text, fs::absolute(path, none).parent_path());
    config_->text = std::move(*text);
    config_->crontab.diagnostics = std::move(file.diagnostics);
    settings_ = daemon::joined(command_line_, file.settings);
}

std::vector<std::string> RunSetup::files() const {
    if (!has_usual_files_) return files_;
    std::vector<std::string> present;
    std::copy_if(files_.begin(), files_.end(), std::back_inserter(present), exists);
    return present;
}

RunSetup RunSetup::read_again() const {
    RunSetup again;
    again.command_line_ = command_line_;
    again.settings_ = command_line_;
    if (config_) again.read_config(config_->path);
    again.has_usual_files_ = !again.settings_.files;
    again.files_ = again.has_usual_files_ ? files_ : *again.settings_.files;
    return again;
}

bool refuse_config(const RunSetup& setup) {
    if (!setup.config_file() || !setup.config_file()->verdict()) return false;
    const config::LoadedFile& file = *setup.config_file();
    if (file.unreadable) print_error(file.unreadable->message);
    for (const config::Diagnostic& problem : file.diagnostics()) {
        print_error(config::position(file.path, problem) + ": " +
                    std::string(to_string(problem.severity)) + ": " + problem.message);
    }
    return true;
}

Result<config::LoadOptions> load_options(const RunSetup& setup) {
    const daemon::RunSettings& said = setup.settings();
    auto options = load_options(said.system.value_or(false), said.tz.value_or(std::string()),
                                said.pass_env.value_or(std::vector<std::string>()));
    if (!options) return options;
    options->new_privileges = said.new_privileges.value_or(false);
    options->spool = said.spool.value_or(std::string());
    if (!options->spool.empty() && !options->account.is_root) {
        return fail(ErrorCode::invalid_argument,
                    "--spool: only root can run the crontabs of users");
    }
    options->dialect = said.dialect.value_or(Dialect::cron);
    return options;
}

}  // namespace quantum::cli
