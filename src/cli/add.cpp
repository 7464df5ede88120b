// `quantum add`, `quantum rm`, `quantum edit`: jobs that no file defines.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/definitions.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/diagnostic.hpp"
#include "config/job_document.hpp"
#include "config/job_file.hpp"
#include "config/read_file.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

json::array words_of(const std::vector<std::string>& words) {
    json::array array;
    for (const std::string& word : words) array.emplace_back(word);
    return array;
}

NamedDocument document_of(const AddCommand& options) {
    NamedDocument job{options.name, {}};
    if (options.schedules.size() == 1) {
        job.document["schedule"] = options.schedules.front();
    } else {
        job.document["schedule"] = words_of(options.schedules);
    }
    if (!options.zone.empty()) job.document["zone"] = options.zone;
    if (!options.dialect.empty()) job.document["dialect"] = options.dialect;
    if (!options.shell.empty()) {
        job.document["shell"] = options.shell;
    } else {
        job.document["command"] = words_of(options.argv);
    }
    return job;
}

/// A file with a text, for an editor; removed at the end.
class EditedFile {
public:
    explicit EditedFile(const std::string& text) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
        const char* const place = std::getenv("TMPDIR");
        path_ = std::string(place == nullptr || *place == '\0' ? "/tmp" : place) +
                "/quantum-XXXXXX.toml";
        descriptor_ = mkstemps(path_.data(), 5);
        if (descriptor_ < 0) return;
        Output file(descriptor_, Output::Form::bytes);
        file.text() = text;
        if (!file.flush()) static_cast<void>(close(std::exchange(descriptor_, -1)));
    }
    ~EditedFile() {
        if (descriptor_ >= 0) close(descriptor_);
        unlink(path_.c_str());
    }
    EditedFile(const EditedFile&) = delete;
    EditedFile& operator=(const EditedFile&) = delete;

    [[nodiscard]] bool is_made() const { return descriptor_ >= 0; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// False: the editor could not be run, or said that it failed.
    [[nodiscard]] bool edit() const {
        std::string line = "${VISUAL:-${EDITOR:-vi}} \"$1\"";
        std::string shell = "sh";
        std::string option = "-c";
        std::string path = path_;
        std::array<char*, 6> argv{shell.data(), option.data(), line.data(),
                                  shell.data(), path.data(),   nullptr};
        pid_t editor = 0;
        if (posix_spawn(&editor, "/bin/sh", nullptr, nullptr, argv.data(), environ) != 0) {
            return false;
        }
        int status = 0;
        while (waitpid(editor, &status, 0) < 0 && errno == EINTR) {
        }
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

private:
    std::string path_;
    int descriptor_ = -1;
};

/// Members that differ, one a line.
std::string difference(const json::object& before, const json::object& after) {
    std::string text;
    const auto append = [&text](std::string_view sign, std::string_view key,
                                const json::value& value) {
        std::string shown;
        server::append_value(shown, value);
        text.append("  ").append(sign).append(" ").append(key).append(" = ");
        text.append(config::printable(shown, 200)).append("\n");
    };
    for (const auto& [key, value] : before) {
        const json::value* const now = after.if_contains(key);
        if (now == nullptr || *now != value) append("-", {key.data(), key.size()}, value);
    }
    for (const auto& [key, value] : after) {
        const json::value* const was = before.if_contains(key);
        if (was == nullptr || *was != value) append("+", {key.data(), key.size()}, value);
    }
    return text;
}

int send(ApiLink& link, const AddCommand& options, const NamedDocument& job) {
    std::string tag;
    if (options.replace) {
        const auto known = link.ask({.target = job_path(job.name)});
        if (known && known->is_good()) tag = known->header("etag");
    }
    const Asked asked = put_definition(link, job, tag, note_of(options.note, false));
    if (!asked.is_good()) return asked.code;
    Output out(standard_output);
    if (options.api.json) {
        server::append_value(out.text(), asked.body);
        out.text() += '\n';
    } else {
        out.text() += (tag.empty() ? "added '" : "replaced '") + config::printable(job.name) +
                      "', revision " +
                      std::to_string(number_of(asked.body, "revision").value_or(0)) + '\n';
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace

int run(const AddCommand& options) {
    std::vector<NamedDocument> jobs;
    if (config::is_job_file(options.name) && options.schedules.empty()) {
        const auto text = config::read_file(options.name);
        if (!text) {
            print_error(text.error().message);
            return exit_failure;
        }
        auto read = read_documents(options.name, *text);
        if (!read) return exit_failure;
        jobs = std::move(*read);
    } else {
        if (options.schedules.empty() || options.shell.empty() == options.argv.empty()) {
            print_error(
                "add: needs --schedule, and either --shell LINE or -- and the words of a command");
            return exit_usage;
        }
        jobs.push_back(document_of(options));
    }
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    if (options.consent.dry_run) {
        Output out(standard_output);
        for (const NamedDocument& job : jobs) {
            out.text() += config::job_toml(job.name, job.document);
        }
        return out.flush() ? exit_ok : exit_failure;
    }
    for (const NamedDocument& job : jobs) {
        if (const int failed = send(*link, options, job); failed != exit_ok) code = failed;
    }
    return code;
}

int run(const RmCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const std::string what = "delete " + std::to_string(options.jobs.size()) + " jobs";
    if (const auto refused = refuse_without_consent(options.consent, options.jobs.size(), what)) {
        return *refused;
    }
    Output out(standard_output);
    for (const std::string& name : options.jobs) {
        const Asked known = get_definition(*link, name);
        if (!known.is_good()) {
            code = known.code;
            continue;
        }
        if (!options.consent.dry_run) {
            std::string target = job_path(name) + "?kill=" + (options.kill ? "true" : "false");
            if (options.note) target += "&note=" + client::encoded(*options.note);
            const Asked gone =
                ask(*link, {.method = "DELETE",
                            .target = std::move(target),
                            .headers = {{"If-Match", std::string(known.answer.header("etag"))}}});
            if (!gone.is_good()) {
                code = gone.code;
                continue;
            }
        }
        out.text() += (options.consent.dry_run ? "would delete '" : "deleted '") +
                      config::printable(name) + "'\n";
    }
    return out.flush() ? code : exit_failure;
}

int run(const EditCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const Asked known = get_definition(*link, options.job);
    if (!known.is_good()) return known.code;
    const std::string_view source = text_of(known.body, "source");
    if (!source.empty() && !source.starts_with("api:")) {
        print_error("'" + config::printable(options.job) + "' is defined in " +
                    config::printable(source, 300) + ": change it there, and run quantum reload");
        return exit_failure;
    }
    static const json::object nothing;
    const json::object* const definition = object_of(known.body, "definition");
    const json::object& before = definition == nullptr ? nothing : *definition;
    const EditedFile file(config::job_toml(options.job, before));
    if (!file.is_made() || !file.edit()) {
        print_error("edit: the editor failed; nothing was changed");
        return exit_failure;
    }
    const auto text = config::read_file(file.path());
    if (!text) {
        print_error(text.error().message);
        return exit_failure;
    }
    const auto jobs = read_documents(file.path(), *text);
    if (!jobs) return exit_failure;
    if (jobs->size() != 1 || jobs->front().name != options.job) {
        print_error("edit: the file must define '" + config::printable(options.job) +
                    "' and nothing else; nothing was changed");
        return exit_failure;
    }
    const std::string changes = difference(before, jobs->front().document);
    Output out(standard_output);
    if (changes.empty() || options.consent.dry_run) {
        out.text() += changes.empty() ? "nothing was changed\n" : changes;
        return out.flush() ? exit_ok : exit_failure;
    }
    out.text() += changes;
    if (!out.flush()) return exit_failure;
    if (!options.consent.yes) {
        const auto answer = asked_on_terminal("apply this? [y/N] ");
        if (!answer || (*answer != "y" && *answer != "yes" && *answer != "Y")) {
            print_error("nothing was changed; --yes applies it without asking");
            return exit_failure;
        }
    }
    const Asked stored =
        put_definition(*link, jobs->front(), std::string(known.answer.header("etag")), {});
    if (!stored.is_good()) return stored.code;
    out.text() += "changed '" + config::printable(options.job) + "', revision " +
                  std::to_string(number_of(stored.body, "revision").value_or(0)) + '\n';
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
