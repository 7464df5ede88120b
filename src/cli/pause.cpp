// `quantum pause` and `quantum resume`: hold jobs back, and let them go again. They work without a
// daemon too: what is stored then holds from the next start on.
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "cli/short_when.hpp"
#include "config/diagnostic.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

struct PauseRequest {
    const ApiOptions& api;
    const JobSelection& selection;
    const Consent& consent;
    const std::optional<WallTime>& until;
    const std::optional<std::string>& note;
    bool pauses = true;
};

std::string body_of(const PauseRequest& request, const std::vector<std::string>& jobs,
                    const std::string& note) {
    std::string body;
    base::JsonObject members(body);
    append_selector(members, body, request.selection, jobs.size());
    members.text("note", note);
    if (request.until) members.text("until", base::rfc3339(*request.until));
    members.end();
    return body;
}

std::string count_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " job" : " jobs");
}

void append_result(std::string& out, const PauseRequest& request,
                   const std::vector<std::string>& jobs, std::int64_t changed,
                   const zone::Zone* zone) {
    const std::string verb = request.pauses ? "paused" : "resumed";
    if (jobs.size() == 1) {
        out += changed == 0 ? "'" + config::printable(jobs.front()) + "' is not paused"
                            : verb + " '" + config::printable(jobs.front()) + "'";
    } else {
        out += verb + ' ' + count_text(static_cast<std::size_t>(changed));
        const auto others = static_cast<std::int64_t>(jobs.size()) - changed;
        if (others > 0)
            out += "; " + count_text(static_cast<std::size_t>(others)) + " were not paused";
    }
    if (request.until) {
        const ShortWhen when(zone, now().value_or(WallTime()));
        out += " until " + when.text(*request.until) + " (" + when.relative(*request.until) + ")";
    }
    out += '\n';
}

int change(const PauseRequest& request) {
    int code = exit_ok;
    auto link = open_link(request.api.place, Offline::writes_ledger, code);
    if (!link) return code;
    const auto jobs = selected_jobs(*link, request.selection, code);
    if (!jobs) return code;
    const std::string what = (request.pauses ? "pause " : "resume ") + count_text(jobs->size());
    if (const auto refused = refuse_without_consent(request.consent, jobs->size(), what)) {
        return *refused;
    }
    const zone::Zone* const zone = table_zone(request.api.zone);
    Output out(standard_output);
    if (request.consent.dry_run) {
        out.text() += "would " + what + ":\n";
        for (const std::string& job : *jobs) out.text() += "  " + config::printable(job) + '\n';
        return out.flush() ? exit_ok : exit_failure;
    }
    const std::string note = note_of(request.note, request.pauses);
    const Asked asked = ask(*link, {.method = "POST",
                                    .target = request.pauses ? "/v1/jobs:pause" : "/v1/jobs:resume",
                                    .body = body_of(request, *jobs, note)});
    if (!asked.is_good()) return asked.code;
    if (request.api.json) {
        server::append_value(out.text(), asked.body);
        out.text() += '\n';
    } else {
        append_result(out.text(), request, *jobs, number_of(asked.body, "changed").value_or(0),
                      zone);
        if (link->is_offline())
            out.text() += "no daemon is running; it holds from the next start on\n";
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace

int run(const PauseCommand& options) {
    return change(
        {options.api, options.selection, options.consent, options.until, options.note, true});
}

int run(const ResumeCommand& options) {
    static const std::optional<WallTime> no_end;
    return change({options.api, options.selection, options.consent, no_end, options.note, false});
}

}  // namespace quantum::cli
