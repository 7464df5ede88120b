#include "figure.hpp"

#include <array>
#include <cstddef>
#include <regex>
#include <utility>

#include <boost/json.hpp>

namespace quantum::compare {
namespace {

namespace json = boost::json;

bool is_floor(std::string_view name) {
    return name.starts_with("floor/") || name.starts_with("mutex_queue/") ||
           name.starts_with("asio_post/");
}

/// Takes the ending away if it is there.
bool strip(std::string& name, std::string_view ending) {
    if (!name.ends_with(ending)) return false;
    name.resize(name.size() - ending.size());
    return true;
}

/// What the benchmark library itself writes of a run.
bool is_standard(std::string_view key) {
    static constexpr std::array<std::string_view, 14> keys{
        "name",        "family_index", "per_family_instance_index", "run_name",         "run_type",
        "repetitions", "threads",      "repetition_index",          "iterations",       "real_time",
        "cpu_time",    "time_unit",    "items_per_second",          "bytes_per_second",
    };
    for (const std::string_view known : keys) {
        if (key == known) return true;
    }
    return false;
}

/// Of the bare loop, or the size of the question.
bool is_no_answer(std::string_view counter) {
    return counter.find("bare") != std::string_view::npos || counter == "executions";
}

Status read_run(const json::object& run, std::vector<Figure>& figures) {
    if (run.contains("run_type") && run.at("run_type").as_string() != "iteration") return {};
    std::string name(run.at("name").as_string());
    if (is_floor(name)) return {};
    if (run.contains("error_occurred") && run.at("error_occurred").as_bool()) {
        return fail(ErrorCode::io_error,
                    name + ": " + std::string(run.at("error_message").as_string()));
    }
    const bool real = strip(name, "/real_time");
    const bool once = strip(name, "/iterations:1");
    const std::size_t fixed = name.rfind("/iterations:");
    if (fixed != std::string::npos) name.resize(fixed);
    if (!once) {
        figures.push_back({name, run.at(real ? "real_time" : "cpu_time").to_number<double>(),
                           std::string(run.at("time_unit").as_string()), Better::lower});
    }
    for (const auto& [key, value] : run) {
        if (is_standard(key) || !value.is_number() || is_no_answer(key)) continue;
        const bool rate = std::string_view(key).ends_with("/s");
        figures.push_back({name + " " + std::string(key), value.to_number<double>(), "",
                           rate ? Better::higher : Better::lower});
    }
    return {};
}

Result<std::vector<Figure>> read_json(std::string_view text) try {
    const json::value document = json::parse(json::string_view(text.data(), text.size()));
    std::vector<Figure> figures;
    if (document.as_object().contains("figures")) {
        for (const json::value& each : document.at("figures").as_array()) {
            figures.push_back(
                {std::string(each.at("name").as_string()), each.at("value").to_number<double>(),
                 std::string(each.at("unit").as_string()),
                 each.at("better").as_string() == "higher" ? Better::higher : Better::lower});
        }
        return figures;
    }
    for (const json::value& run : document.at("benchmarks").as_array()) {
        if (auto read = read_run(run.as_object(), figures); !read) {
            return tl::unexpected(std::move(read.error()));
        }
    }
    return figures;
} catch (const std::exception& problem) {
    return fail(ErrorCode::corrupt, std::string("not a benchmark's JSON: ") + problem.what());
}

// ---- tables of programs that wrote no JSON ----------------------------------------------------

void read_scheduler_line(const std::string& line, std::string& firing,
                         std::vector<Figure>& figures) {
    static const std::regex row(
        R"((\S.*?)\s+(\d+(?:\.\d+)?) (s|M/s|a second|B a job|times)\s+target .*)");
    static const std::regex processor(R"(\s+processor time (\d+) ns a run, .*)");
    std::smatch found;
    if (std::regex_match(line, found, row)) {
        const std::string unit = found[3];
        const bool rate = unit == "M/s" || unit == "a second";
        figures.push_back(
            {found[1], std::stod(found[2]), unit, rate ? Better::higher : Better::lower});
        firing = found[1];
    } else if (std::regex_match(line, found, processor)) {
        figures.push_back(
            {firing + ": processor time", std::stod(found[1]), "ns a run", Better::lower});
    }
}

void read_spawn_line(const std::string& line, std::vector<Figure>& figures) {
    static const std::regex row(
        R"((\w+)\s+bare .*; ours\s+(\d+) starts/s\s+(\d+) us; median of .*)");
    std::smatch found;
    if (!std::regex_match(line, found, row)) return;
    const std::string name = found[1];
    figures.push_back({name + ": starts", std::stod(found[2]), "a second", Better::higher});
    figures.push_back({name + ": own CPU a start", std::stod(found[3]), "us", Better::lower});
}

std::vector<Figure> read_table(std::string_view text) {
    std::vector<Figure> figures;
    std::string firing;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        read_scheduler_line(line, firing, figures);
        read_spawn_line(line, figures);
    }
    return figures;
}

}  // namespace

Result<std::vector<Figure>> read_figures(std::string_view text) {
    auto figures = text.starts_with('{') ? read_json(text) : read_table(text);
    if (figures && figures->empty()) return fail(ErrorCode::corrupt, "no figure in it");
    return figures;
}

std::string group_of(std::string_view name) {
    std::size_t parts = 0;
    if (name.starts_with("next/") || name.starts_with("harder/")) parts = 3;
    if (name.starts_with("parse/") || name.starts_with("parse_schedule/")) parts = 1;
    // A zone's name may hold a slash: America/New_York.
    if (parts == 3 && name.find("/UTC/") == std::string_view::npos) parts = 4;
    std::size_t end = 0;
    for (std::size_t part = 0; part < parts && end != std::string_view::npos; ++part) {
        end = name.find('/', end + 1);
    }
    return std::string(parts == 0 ? name : name.substr(0, end));
}

}  // namespace quantum::compare
