// `quantum reload` and `quantum drain`: the daemon as a whole.
#include <chrono>
#include <string>

#include <boost/json.hpp>

#include "base/json_text.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

std::string count_of(const boost::json::object& body, std::string_view key) {
    return std::to_string(number_of(body, key).value_or(0)) + ' ' + std::string(key);
}

/// Until nobody answers there any more.
void wait_for_end(ApiLink& link) {
    for (;;) {
        auto answer = link.ask({.target = "/v1/events?after=now&wait=25s&kind=none"});
        if (!answer) return;
    }
}

}  // namespace

int run(const ReloadCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    std::string body;
    base::JsonObject members(body);
    if (!options.plan.empty()) members.text("plan", options.plan);
    members.text("note", note_of(options.note, false));
    members.end();
    const Asked asked = ask(*link, {.method = "POST", .target = "/v1/reload", .body = body});
    if (!asked.is_good()) return asked.code;
    Output out(standard_output);
    if (options.api.json) {
        server::append_value(out.text(), asked.body);
        out.text() += '\n';
    } else {
        out.text() += "reloaded: " + count_of(asked.body, "added") + ", " +
                      count_of(asked.body, "changed") + ", " + count_of(asked.body, "removed") +
                      ", " + count_of(asked.body, "unchanged") + '\n';
    }
    return out.flush() ? exit_ok : exit_failure;
}

int run(const DrainCommand& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    // It ends what others rely on: not by a slip of the pen.
    if (const auto refused =
            refuse_without_consent(options.consent, 2, "start nothing more and end the daemon")) {
        return *refused;
    }
    Output out(standard_output);
    if (options.consent.dry_run) {
        out.text() = "would start nothing more, and end the daemon when nothing runs any more\n";
        return out.flush() ? exit_ok : exit_failure;
    }
    std::string body;
    base::JsonObject members(body);
    if (options.timeout) members.text("timeout", *options.timeout);
    members.text("note", note_of(options.note, false));
    members.end();
    const Asked asked = ask(*link, {.method = "POST", .target = "/v1/drain", .body = body});
    if (!asked.is_good()) return asked.code;
    if (options.api.json) {
        server::append_value(out.text(), asked.body);
        out.text() += '\n';
    } else {
        out.text() += "nothing more starts; the daemon ends when nothing runs any more\n";
    }
    if (!out.flush()) return exit_failure;
    if (options.wait) wait_for_end(*link);
    return exit_ok;
}

}  // namespace quantum::cli
