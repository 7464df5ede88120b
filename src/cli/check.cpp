#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "cli/commands.hpp"
#include "cli/json_text.hpp"
#include "cli/known_jobs.hpp"
#include "cli/mutant.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/run_setup.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "model/packed_command.hpp"

namespace quantum::cli {
namespace {

using config::Diagnostic;
using config::LoadedFile;
using config::Severity;

struct Counts {
    std::size_t jobs = 0;
    std::size_t errors = 0;
    std::size_t warnings = 0;

    void add(const Diagnostic& diagnostic) {
        ++(diagnostic.severity == Severity::error ? errors : warnings);
    }
};

/// Finds lines of a text, each asked for in rising order.
class LineFinder {
public:
    explicit LineFinder(std::string_view text) : rest_(text) {}

    std::string_view line(std::size_t number) {
        for (; number_ < number; ++number_) {
            rest_.remove_prefix(std::min(rest_.size(), rest_.find('\n') + 1));
        }
        return rest_.substr(0, rest_.find('\n'));
    }

private:
    std::string_view rest_;
    std::size_t number_ = 1;
};

void print_problems(Output& out, const LoadedFile& file, const std::vector<Diagnostic>& problems,
                    const Style& style) {
    LineFinder lines(file.text);
    for (const Diagnostic& problem : problems) {
        const bool error = problem.severity == Severity::error;
        out.text() += style.strong();
        out.text() += config::position(file.path, problem) + ": ";
        out.text() += style.plain();
        out.text() += error ? style.error() : style.warning();
        out.text() += std::string(to_string(problem.severity)) + ": ";
        out.text() += style.plain();
        out.text() += problem.message + '\n';
        if (style.terminal() && problem.line > 0) {
            append_excerpt(out.text(), lines.line(problem.line), problem.column, problem.length,
                           style);
        }
    }
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
    out += ",\"";
    out += key;
    out += "\":";
    append_json(out, value);
}

void append_problem(std::string& out, std::string_view severity, const Diagnostic& problem) {
    out += "{\"severity\":";
    append_json(out, severity);
    out += ",\"line\":" + std::to_string(problem.line) +
           ",\"column\":" + std::to_string(problem.column) +
           ",\"length\":" + std::to_string(problem.length);
    append_member(out, "message", problem.message);
    out += '}';
}

/// A job of a job file: its command as a list of words, or where its request goes.
void append_job(std::string& out, const config::JobFileEntry& entry) {
    out += "{\"line\":" + std::to_string(entry.line);
    append_member(out, "name", entry.job.name());
    if (const auto& schedule = entry.job.schedule()) {
        append_member(out, "schedule", schedule->text());
        append_member(out, "tz", schedule->zone_name());
    }
    if (const auto command = model::CommandView::of(entry.job.task())) {
        out += ",\"argv\":[";
        std::string_view separator;
        for (const std::string& word : command->argv()) {
            out += separator;
            append_json(out, word);
            separator = ",";
        }
        out += ']';
    } else if (const auto* const request = request_of(entry.job.task())) {
        append_member(out, "url", request->url);
    }
    out += '}';
}

/// One line of JSON a file.
void print_json(std::string& out, const LoadedFile& file, const std::vector<Diagnostic>& problems) {
    out += "{\"file\":";
    append_json(out, file.path);
    out += ",\"assignments\":[";
    std::string_view separator;
    for (const config::CrontabAssignment& assignment : file.crontab.assignments) {
        out += separator;
        out += "{\"line\":" + std::to_string(assignment.line);
        append_member(out, "name", assignment.name);
        append_member(out, "value", assignment.value);
        out += '}';
        separator = ",";
    }
    out += "],\"jobs\":[";
    separator = {};
    for (const config::CrontabEntry& entry : file.crontab.entries) {
        out += separator;
        out += "{\"line\":" + std::to_string(entry.line);
        append_member(out, "name", entry.name);
        append_member(out, "schedule", entry.schedule.text());
        append_member(out, "tz", entry.schedule.zone_name());
        if (!entry.user.empty()) {
            append_member(out, "user", entry.user);
        }
        append_member(out, "command", entry.command);
        if (entry.input) {
            append_member(out, "input", *entry.input);
        }
        out += '}';
        separator = ",";
    }
    if (file.job_file) {
        for (const config::JobFileEntry& entry : file.job_file->entries) {
            out += separator;
            append_job(out, entry);
            separator = ",";
        }
    }
    out += "],\"problems\":[";
    separator = {};
    if (file.unreadable) {
        append_problem(out, "error", {Severity::error, 0, 1, 1, file.unreadable->message});
        separator = ",";
    }
    for (const Diagnostic& problem : problems) {
        out += separator;
        append_problem(out, to_string(problem.severity), problem);
        separator = ",";
    }
    out += "]}\n";
}

std::string counted(std::size_t number, std::string_view what) {
    return std::to_string(number) + ' ' + std::string(what) + (number == 1 ? "" : "s");
}

/// The last line, for people only.
std::string summary(const Counts& counts, std::size_t files) {
    std::string text = counted(counts.jobs, "job") + " in " + counted(files, "file") + ": ";
    if (counts.errors == 0 && (counts.warnings == 0 || mutated(CliMutant::warnings_not_counted))) {
        return text + "no problems\n";
    }
    if (counts.errors > 0) {
        text += counted(counts.errors, "error");
    }
    if (counts.warnings > 0) {
        text += (counts.errors > 0 ? ", " : "") + counted(counts.warnings, "warning");
    }
    return text + '\n';
}

}  // namespace

int check(const CheckOptions& options) {
    const auto setup = RunSetup::find(options.settings, options.config);
    if (!setup) {
        print_error("check: " + setup.error().message);
        return exit_usage;
    }
    Result<config::LoadOptions> load = load_options(*setup);
    if (!load) {
        print_error(load.error().message);
        return exit_usage;
    }
    load->now = now().value_or(WallTime());
    load->known = known_jobs(setup->settings().state.value_or(std::string()));
    load->looks_into_refused = true;
    const Style style(standard_output);
    std::vector<LoadedFile> files = config::load_files(setup->files(), *load);
    if (setup->config_file()) files.insert(files.begin(), *setup->config_file());
    Counts counts;
    std::size_t read = 0;
    Output out(standard_output);
    for (const LoadedFile& file : files) {
        const std::vector<Diagnostic>& problems = file.diagnostics();
        read += file.is_directory ? 0 : 1;
        for (const Diagnostic& problem : problems) {
            counts.add(problem);
        }
        counts.jobs += file.job_count();
        counts.errors += file.unreadable ? 1 : 0;
        if (options.json) {
            print_json(out.text(), file, problems);
        } else {
            if (file.unreadable) print_error(file.unreadable->message);
            print_problems(out, file, problems, style);
        }
        if (!out.flush()) {
            return exit_failure;
        }
    }
    if (style.terminal() && !options.json) {
        out.text() += summary(counts, read);
    }
    return out.flush() && counts.errors == 0 ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
