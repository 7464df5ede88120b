// `quantum top`: what runs and what comes, again and again.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>

#include <boost/json.hpp>

#include "base/rfc3339.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/run_table.hpp"
#include "cli/terminal_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

constexpr Duration hour = std::chrono::hours(1);
constexpr std::size_t most_next = 10;

void pause_for(Duration span) {
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
    timespec left{};
    left.tv_sec = nanoseconds / 1'000'000'000;
    left.tv_nsec = nanoseconds % 1'000'000'000;
    while (nanosleep(&left, &left) != 0) {
    }
}

std::string head_line(const boost::json::object& status) {
    std::string text(text_of(status, "status"));
    if (const auto* const jobs = object_of(status, "jobs")) {
        text += "   jobs " + std::to_string(number_of(*jobs, "total").value_or(0)) + ": " +
                std::to_string(number_of(*jobs, "running").value_or(0)) + " running, " +
                std::to_string(number_of(*jobs, "failing").value_or(0)) + " failing, " +
                std::to_string(number_of(*jobs, "paused").value_or(0)) + " paused";
    }
    const std::string_view decided = text_of(status, "decided_until");
    if (!decided.empty()) text.append("   decided ").append(decided);
    return text;
}

void append_next_hour(std::string& out, const boost::json::object& page, const ShortWhen& when) {
    const boost::json::array* const rows = array_of(page, "jobs");
    out += "\nnext hour\n";
    if (rows == nullptr || rows->empty()) out += "  nothing\n";
    for (std::size_t at = 0; rows != nullptr && at < rows->size(); ++at) {
        const boost::json::object* const row = (*rows)[at].if_object();
        if (row == nullptr) continue;
        out +=
            "  " + next_text(*row, when) + "  " + config::printable(text_of(*row, "name")) + '\n';
    }
    const auto total = number_of(page, "total").value_or(0);
    if (total > static_cast<std::int64_t>(most_next)) {
        out += "  and " + std::to_string(total - static_cast<std::int64_t>(most_next)) +
               " more jobs\n";
    }
}

}  // namespace

int run(const TopOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::fails, code);
    if (!link) return code;
    const zone::Zone* const zone = table_zone(options.api.zone);
    if (zone == nullptr && !options.api.zone.empty()) return exit_usage;
    const Style style(standard_output);
    Output out(standard_output);
    // Where nobody looks on, one is enough.
    const auto count = options.count.value_or(style.terminal() ? 0 : 1);
    for (std::size_t drawn = 0; count == 0 || drawn < count; ++drawn) {
        if (drawn > 0) pause_for(options.every);
        const WallTime current = now().value_or(WallTime());
        const ShortWhen when(zone, current);
        const Asked runs = ask(*link, {.target = "/v1/runs"});
        if (!runs.is_good()) return runs.code;
        const Asked next =
            ask(*link, {.target = "/v1/jobs?sort=next&limit=" + std::to_string(most_next) +
                                  "&due_before=" + client::encoded(base::rfc3339(current + hour))});
        const Asked status = ask(*link, {.target = "/v1/status"});
        if (!next.is_good() || !status.is_good()) return exit_failure;
        if (style.terminal()) out.text() += terminal_order("\x1b[H\x1b[J");
        out.text() += head_line(status.body) + "\n\n";
        static const boost::json::array none;
        const boost::json::array* const list = array_of(runs.body, "runs");
        append_runs(out.text(), list == nullptr ? none : *list, when, style,
                    terminal_width(standard_output));
        append_next_hour(out.text(), next.body, when);
        if (!style.terminal() && count != drawn + 1) out.text() += '\n';
        if (!out.flush()) return exit_ok;
    }
    return exit_ok;
}

}  // namespace quantum::cli
