// `quantum events`: what happens, as it happens.
#include <string>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/event_text.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/short_when.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

std::string events_target(const EventsOptions& options, const std::string& after) {
    std::string target = "/v1/events?limit=1000";
    if (!after.empty()) target += "&after=" + client::encoded(after);
    if (options.follow && !after.empty()) target += "&wait=25s";
    if (!options.job.empty()) target += "&job=" + client::encoded(options.job);
    for (const std::string& kind : options.kinds) target += "&kind=" + client::encoded(kind);
    return target;
}

void append_events(std::string& out, const boost::json::object& page, bool json,
                   const zone::Zone* zone, const Style& style) {
    const ShortWhen when(zone, now().value_or(WallTime()));
    const boost::json::array* const events = array_of(page, "events");
    for (std::size_t at = 0; events != nullptr && at < events->size(); ++at) {
        const boost::json::object* const event = (*events)[at].if_object();
        if (event == nullptr) continue;
        if (json) {
            server::append_value(out, *event);
        } else {
            out += event_text(*event, when, style);
        }
        out += '\n';
    }
}

}  // namespace

int run(const EventsOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const zone::Zone* const zone = table_zone(options.api.zone);
    if (zone == nullptr && !options.api.zone.empty()) return exit_usage;
    const Style style(standard_output);
    Output out(standard_output);
    std::string after;
    for (bool is_first = true;; is_first = false) {
        const Asked asked = ask(*link, {.target = events_target(options, after)});
        // What was followed is gone with its daemon.
        if (!asked.is_good()) return is_first ? asked.code : exit_failure;
        if (asked.body.if_contains("reset") != nullptr) {
            print_error(
                "events are missing here: the daemon was started anew, or they were too many");
        }
        append_events(out.text(), asked.body, options.api.json, zone, style);
        if (!out.flush()) return exit_ok;  // nobody reads any more
        const bool is_whole = text_of(asked.body, "next") == after;
        after = text_of(asked.body, "next");
        const boost::json::array* const events = array_of(asked.body, "events");
        const bool is_last = events == nullptr || events->size() < 1000 || is_whole;
        if (!options.follow && is_last) return exit_ok;
    }
}

}  // namespace quantum::cli
