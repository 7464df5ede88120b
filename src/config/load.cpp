#include "config/load.hpp"

#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/crontab_jobs.hpp"
#include "config/job_name.hpp"
#include "config/read_file.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view standard_input = "-";

LoadedFile load_file(const std::string& path, const LoadOptions& options) {
    LoadedFile file;
    file.path = path == standard_input ? "<standard input>" : path;
    Result<std::string> text =
        path == standard_input ? read_standard_input() : read_file(path, options.trust);
    if (!text) {
        file.unreadable = std::move(text).error();
        return file;
    }
    file.text = *std::move(text);
    const std::string stem = path == standard_input ? "stdin" : file_stem(path);
    file.crontab = parse_crontab(file.text, {.stem = stem,
                                             .system = options.system,
                                             .zone = options.zone,
                                             .account = options.account.name});
    return file;
}

/// Within a file the parser keeps names apart; here the files are kept apart from each other.
void report_clashes(std::vector<LoadedFile>& files) {
    std::unordered_map<std::string_view, std::string> taken;
    for (LoadedFile& file : files) {
        std::vector<std::pair<std::string_view, std::string>> own;
        for (const CrontabEntry& entry : file.crontab.entries) {
            const auto other = taken.find(entry.name);
            if (other == taken.end()) {
                own.emplace_back(entry.name, file.path + ':' + std::to_string(entry.line));
                continue;
            }
            file.crontab.diagnostics.push_back(
                {Severity::error, entry.line, entry.command_column, entry.raw_command.size(),
                 "the name '" + printable(entry.name) + "' is taken by " +
                     printable(other->second, 200) +
                     "; a comment '# name: …' above the line gives it another"});
        }
        taken.insert(std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    }
}

std::string with_rest(std::string message, std::size_t further) {
    if (further > 0) {
        message += " (and " + std::to_string(further) + " more)";
    }
    return message;
}

}  // namespace

std::string position(const std::string& path, const Diagnostic& diagnostic) {
    std::string text = printable(path, 200);
    if (diagnostic.line > 0) {
        text += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
    }
    return text;
}

std::vector<LoadedFile> load_files(std::span<const std::string> paths, const LoadOptions& options) {
    std::vector<LoadedFile> files;
    files.reserve(paths.size());
    for (const std::string& path : paths) {
        files.push_back(load_file(path, options));
    }
    report_clashes(files);
    return files;
}

Result<std::vector<Job>> jobs_of(std::span<const LoadedFile> files, const LoadOptions& options) {
    std::optional<Error> first;
    std::size_t errors = 0;
    auto refuse = [&first, &errors](Error error) {
        if (!first) {
            first = std::move(error);
        }
        ++errors;
    };
    for (const LoadedFile& file : files) {
        if (file.unreadable) {
            refuse(*file.unreadable);
            continue;
        }
        std::vector<Diagnostic> diagnostics = file.crontab.diagnostics;
        const std::vector<Diagnostic> foreign = foreign_users(file.crontab, options.account);
        diagnostics.insert(diagnostics.end(), foreign.begin(), foreign.end());
        for (const Diagnostic& diagnostic : diagnostics) {
            if (diagnostic.severity == Severity::error) {
                refuse(Error{ErrorCode::invalid_argument, diagnostic.message}.within(
                    position(file.path, diagnostic)));
            }
        }
    }
    if (first) {
        return tl::unexpected(Error{first->code, with_rest(first->message, errors - 1)});
    }
    std::vector<Job> jobs;
    for (const LoadedFile& file : files) {
        Result<std::vector<Job>> of_file =
            make_jobs(file.crontab, {.path = file.path,
                                     .account = options.account,
                                     .inherited = options.inherited,
                                     .new_privileges = options.new_privileges});
        if (!of_file) {
            return of_file;
        }
        jobs.insert(jobs.end(), std::make_move_iterator(of_file->begin()),
                    std::make_move_iterator(of_file->end()));
    }
    return jobs;
}

}  // namespace quantum::config
