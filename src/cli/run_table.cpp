#include "cli/run_table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/job_cells.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

std::string list_text(const json::array* texts) {
    std::string list;
    for (std::size_t at = 0; texts != nullptr && at < texts->size(); ++at) {
        if (!(*texts)[at].is_string()) continue;
        if (!list.empty()) list += ", ";
        const json::string& text = (*texts)[at].get_string();
        list += config::printable({text.data(), text.size()});
    }
    return list;
}

/// "waits for a slot of tag database (2 of 2: etl:load, etl:clean)"; empty: it waits for nothing.
std::string wait_text(const json::object& run, const ShortWhen& when) {
    const std::string_view what = text_of(run, "waits_for");
    const std::string holders = list_text(array_of(run, "held_by"));
    if (what == "turn") return "waits for the end of the job's earlier run";
    if (what == "storage") return "waits for its start to be stored";
    if (what == "jitter" || what == "attempt") {
        std::string text = what == "jitter" ? "waits for its jitter" : "waits for its next attempt";
        if (const auto until = instant_of(run, "until")) text += " until " + when.text(*until);
        return text;
    }
    if (what != "slot") return {};
    std::string text = "waits for a slot";
    const json::array* const limits = array_of(run, "limits");
    const json::object* const limit =
        limits == nullptr || limits->empty() ? nullptr : limits->front().if_object();
    if (limit == nullptr) return text;
    const std::string_view tag = text_of(*limit, "tag");
    if (!tag.empty()) text += " of tag " + config::printable(tag);
    const std::string slots = std::to_string(number_of(*limit, "slots").value_or(0));
    text += " (" + slots + " of " + slots;
    if (!holders.empty()) text += ": " + holders;
    return text + ')';
}

std::vector<Cell> run_cells(const json::object& run, const ShortWhen& when, const Style& style) {
    const auto started = instant_of(run, "started_at");
    const auto usual = number_of(run, "usual_us");
    std::string runs = "-";
    std::string left = "-";
    if (started) {
        const Duration since = std::max(when.now() - *started, Duration::zero());
        runs = brief(since);
        if (usual) {
            const Duration rest = Duration(*usual) - since;
            left = rest > Duration::zero() ? brief(rest) : "over";
        }
    }
    const auto pid = number_of(run, "pid");
    const auto memory = number_of(run, "memory");
    const auto due = instant_of(run, "due");
    const std::string_view state = text_of(run, "state");
    return {{short_execution(text_of(run, "execution"))},
            {config::printable(text_of(run, "job"), std::string::npos)},
            {due ? when.text(*due) : "-"},
            {span_text(number_of(run, "lateness_us"))},
            {runs},
            {left},
            {pid ? std::to_string(*pid) : "-"},
            {memory ? memory_text(*memory) : "-"},
            {std::string(state), state == "stuck" ? style.error() : std::string_view()}};
}

}  // namespace

void append_runs(std::string& out, const json::array& runs, const ShortWhen& when,
                 const Style& style, std::size_t width) {
    if (runs.empty()) {
        out += "nothing runs\n";
        return;
    }
    Table table({{.title = "EXECUTION"},
                 {.title = "JOB", .cuts_middle = true, .least = 12},
                 {.title = "DUE"},
                 {.title = "LATE", .gives_way = 4, .is_right = true},
                 {.title = "RUNS", .is_right = true},
                 {.title = "LEFT", .gives_way = 5, .is_right = true},
                 {.title = "PID", .gives_way = 6, .is_right = true},
                 {.title = "MEM", .gives_way = 7, .is_right = true},
                 {.title = "STATE"}},
                width);
    std::vector<std::string> waits;
    for (const json::value& one : runs) {
        const json::object* const run = one.if_object();
        if (run == nullptr) continue;
        table.add(run_cells(*run, when, style));
        waits.push_back(wait_text(*run, when));
    }
    std::string lines;
    table.print(lines, style);
    // What a run waits for stands below its line.
    std::size_t at = 0;
    std::string_view rest = lines;
    for (bool is_title = true; !rest.empty(); is_title = false) {
        const std::size_t end = rest.find('\n') + 1;
        out += rest.substr(0, end);
        rest.remove_prefix(end);
        if (is_title) continue;
        if (!waits[at].empty()) out += "           " + waits[at] + '\n';
        ++at;
    }
}

}  // namespace quantum::cli
