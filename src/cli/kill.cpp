// `quantum kill`: end runs, by execution or by job.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/json_text.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/diagnostic.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

/// A run that is to be ended.
struct RunningRun {
    std::string execution;
    std::string job;
};

bool goes_on(const json::object& run) {
    const std::string_view state = text_of(run, "state");
    return state == "started" || state == "stuck";
}

/// The runs that a word means: those of the job of that name, or the one whose ID it is.
std::vector<RunningRun> meant_by(const json::array& runs, const std::string& word) {
    constexpr std::size_t shortest_ending = 4;
    std::vector<RunningRun> of_job;
    std::vector<RunningRun> by_id;
    for (const json::value& one : runs) {
        const json::object* const run = one.if_object();
        if (run == nullptr || !goes_on(*run)) continue;
        RunningRun running{std::string(text_of(*run, "execution")),
                           std::string(text_of(*run, "job"))};
        const bool is_it = running.execution == word ||
                           (word.size() >= shortest_ending && running.execution.ends_with(word)) ||
                           (word.size() >= 8 && running.execution.starts_with(word));
        if (running.job == word) {
            of_job.push_back(std::move(running));
        } else if (is_it) {
            by_id.push_back(std::move(running));
        }
    }
    return of_job.empty() ? by_id : of_job;
}

std::string kill_body(const std::vector<RunningRun>& runs, const std::string& note) {
    std::string body;
    base::JsonObject members(body);
    members.key("executions");
    base::JsonArray ids(body);
    for (const RunningRun& run : runs) ids.text(run.execution);
    ids.end();
    members.number("expect", static_cast<std::int64_t>(runs.size()));
    members.text("note", note);
    members.end();
    return body;
}

}  // namespace

int run(const KillCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const Asked running = ask(*link, {.target = "/v1/runs"});
    if (!running.is_good()) return running.code;
    static const json::array none;
    const json::array* const found = array_of(running.body, "runs");
    std::vector<RunningRun> chosen;
    for (const std::string& word : options.targets) {
        std::vector<RunningRun> meant = meant_by(found == nullptr ? none : *found, word);
        if (meant.empty()) {
            print_error("nothing that runs is meant by '" + config::printable(word) +
                        "'; `quantum ps` lists what runs");
            return exit_failure;
        }
        for (RunningRun& one : meant) {
            const bool is_chosen = std::any_of(
                chosen.begin(), chosen.end(),
                [&one](const RunningRun& other) { return other.execution == one.execution; });
            if (!is_chosen) chosen.push_back(std::move(one));
        }
    }
    const std::string what = "end " + std::to_string(chosen.size()) + " runs";
    if (const auto refused = refuse_without_consent(options.consent, chosen.size(), what)) {
        return *refused;
    }
    Output out(standard_output);
    if (!options.consent.dry_run) {
        const Asked asked = ask(*link, {.method = "POST",
                                        .target = "/v1/executions:kill",
                                        .body = kill_body(chosen, note_of(options.note, false))});
        if (!asked.is_good()) return asked.code;
        if (options.api.json) {
            server::append_value(out.text(), asked.body);
            out.text() += '\n';
            return out.flush() ? exit_ok : exit_failure;
        }
    }
    for (const RunningRun& run : chosen) {
        out.text() += options.consent.dry_run ? "would end " : "ending ";
        out.text() += "'" + config::printable(run.job) + "', execution " +
                      short_execution(run.execution) + '\n';
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
