// `quantum ps`: what runs, and what waits and for what.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/paged_output.hpp"
#include "cli/run_table.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {

int run(const PsOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const Asked asked = ask(*link, {.target = "/v1/runs"});
    if (!asked.is_good()) return asked.code;
    const zone::Zone* const zone = table_zone(options.api.zone);
    if (zone == nullptr && !options.api.zone.empty()) return exit_usage;
    PagedOutput out;
    const boost::json::array* const runs = array_of(asked.body, "runs");
    static const boost::json::array none;
    const boost::json::array& list = runs == nullptr ? none : *runs;
    if (options.api.json) {
        for (const boost::json::value& one : list) {
            server::append_value(out.text(), one);
            out.text() += '\n';
        }
        return out.finish() ? exit_ok : exit_failure;
    }
    const Style style(standard_output);
    append_runs(out.text(), list, ShortWhen(zone, now().value_or(WallTime())), style,
                options.wide ? 0 : terminal_width(standard_output));
    return out.finish() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
