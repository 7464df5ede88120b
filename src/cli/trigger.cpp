// `quantum trigger`: run jobs once, now; with --wait, until the end.
#include <algorithm>
#include <chrono>
#include <cstdint>
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

/// The exit codes of --wait: the job's own, or these.
constexpr int exit_timed_out = 124;
constexpr int exit_own_failure = 125;
constexpr int exit_signal = 128;

std::string note_body(const std::string& note) {
    std::string body;
    base::JsonObject members(body);
    members.text("note", note);
    members.end();
    return body;
}

int code_of(const json::object& execution) {
    const std::string_view state = text_of(execution, "state");
    if (state == "succeeded") return exit_ok;
    if (state == "timed_out") return exit_timed_out;
    if (const auto signal = number_of(execution, "signal"); signal && *signal != 0) {
        return exit_signal + static_cast<int>(*signal);
    }
    if (const auto code = number_of(execution, "exit_code"); code && *code != 0) {
        return static_cast<int>(*code);
    }
    return exit_own_failure;
}

bool is_open(std::string_view state) { return state == "claimed" || state == "started"; }

/// Waits for the end of one execution, as the events tell it.
class EndWait {
public:
    EndWait(ApiLink& link, std::string job) : link_(link), job_(std::move(job)) {}

    /// Before it is triggered. False, and told: it cannot be waited for.
    [[nodiscard]] bool begin() {
        const Asked asked = ask(link_, {.target = "/v1/events?after=now"});
        after_ = text_of(asked.body, "next");
        return asked.is_good();
    }

    /// How it ended; empty, and told: that cannot be known.
    ///
    /// The event comes before the ledger knows, and another attempt may follow: the ledger is asked
    /// soon after an event, and then ever less often.
    [[nodiscard]] json::object wait(const std::string& execution) {
        constexpr std::chrono::milliseconds soon(20);
        constexpr std::chrono::milliseconds at_last(25'000);
        std::chrono::milliseconds pause = at_last;
        for (;;) {
            const Asked asked =
                ask(link_, {.target = "/v1/events?kind=run.ended&kind=run.skipped&wait=" +
                                      std::to_string(pause.count()) + "ms&after=" +
                                      client::encoded(after_) + "&job=" + client::encoded(job_)});
            if (!asked.is_good()) return {};
            after_ = text_of(asked.body, "next");
            pause = std::min(pause * 2, at_last);
            json::object end;
            const json::array* const events = array_of(asked.body, "events");
            for (std::size_t at = 0; events != nullptr && at < events->size(); ++at) {
                const json::object* const event = (*events)[at].if_object();
                if (event == nullptr || text_of(*event, "execution") != execution) continue;
                end = *event;
                pause = soon;
            }
            if (is_over(execution, end)) return end;
        }
    }

private:
    /// What the ledger says; where there is none, the end of the first attempt is the end.
    [[nodiscard]] bool is_over(const std::string& execution, json::object& end) {
        const auto answer = link_.ask({.target = "/v1/executions/" + execution});
        if (!answer || !answer->is_good()) return !end.empty();
        json::error_code error;
        const json::value value = json::parse(answer->body, error);
        if (error || !value.is_object()) return !end.empty();
        if (is_open(text_of(value.get_object(), "state"))) return false;
        end = value.get_object();
        return true;
    }

    ApiLink& link_;
    const std::string job_;
    std::string after_;
};

int trigger_one(ApiLink& link, const TriggerCommand& options, const std::string& job) {
    const int failure = options.wait ? exit_own_failure : exit_failure;
    EndWait end(link, job);
    if (options.wait && !end.begin()) return failure;
    const Asked asked = ask(link, {.method = "POST",
                                   .target = job_path(job) + "/runs",
                                   .body = note_body(note_of(options.note, false))});
    if (!asked.is_good()) return failure;
    const std::string execution(text_of(asked.body, "execution"));
    Output out(standard_output);
    if (!options.wait) {
        if (options.api.json) {
            server::append_value(out.text(), asked.body);
            out.text() += '\n';
        } else {
            out.text() += "triggered '" + config::printable(job) + "': execution " +
                          short_execution(execution) + "\n";
        }
        return out.flush() ? exit_ok : exit_failure;
    }
    const json::object ended = end.wait(execution);
    if (ended.empty()) return failure;
    if (options.api.json) {
        server::append_value(out.text(), ended);
        out.text() += '\n';
    } else {
        out.text() += "'" + config::printable(job) + "' " + end_text(ended) + ", execution " +
                      short_execution(execution) + ", " +
                      span_text(number_of(ended, "duration_us")) + '\n';
    }
    static_cast<void>(out.flush());
    return code_of(ended);
}

int trigger_many(ApiLink& link, const TriggerCommand& options,
                 const std::vector<std::string>& jobs) {
    std::string body;
    base::JsonObject members(body);
    append_selector(members, body, options.selection, jobs.size());
    members.text("note", note_of(options.note, false));
    members.end();
    const Asked asked = ask(link, {.method = "POST", .target = "/v1/jobs:trigger", .body = body});
    if (!asked.is_good()) return asked.code;
    Output out(standard_output);
    bool is_good = true;
    const json::array* const runs = array_of(asked.body, "runs");
    for (std::size_t at = 0; runs != nullptr && at < runs->size(); ++at) {
        const json::object* const run = (*runs)[at].if_object();
        if (run == nullptr) continue;
        const std::string_view problem = text_of(*run, "problem");
        is_good = is_good && problem.empty();
        if (options.api.json) {
            server::append_value(out.text(), *run);
            out.text() += '\n';
            continue;
        }
        out.text() += config::printable(text_of(*run, "job")) + "  " +
                      (problem.empty() ? short_execution(text_of(*run, "execution"))
                                       : "not started: " + config::printable(problem, 200)) +
                      '\n';
    }
    return out.flush() && is_good ? exit_ok : exit_failure;
}

}  // namespace

int run(const TriggerCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return options.wait ? exit_own_failure : code;
    const auto jobs = selected_jobs(*link, options.selection, code);
    if (!jobs) return options.wait ? exit_own_failure : code;
    if (options.wait && jobs->size() != 1) {
        print_error("--wait waits for one job");
        return exit_own_failure;
    }
    const std::string what = "trigger " + std::to_string(jobs->size()) + " jobs";
    if (const auto refused = refuse_without_consent(options.consent, jobs->size(), what)) {
        return *refused;
    }
    if (options.consent.dry_run) {
        Output out(standard_output);
        for (const std::string& job : *jobs) {
            out.text() += "would trigger '" + config::printable(job) + "'\n";
        }
        return out.flush() ? exit_ok : exit_failure;
    }
    return jobs->size() == 1 ? trigger_one(*link, options, jobs->front())
                             : trigger_many(*link, options, *jobs);
}

}  // namespace quantum::cli
