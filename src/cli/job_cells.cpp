#include "cli/job_cells.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "cli/api_answer.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t shown_digits = 8;

bool is_running(const boost::json::object& row) { return object_of(row, "running") != nullptr; }

std::string plural(std::int64_t count) { return count > 1 ? " x" + std::to_string(count) : ""; }

}  // namespace

std::string span_text(const std::optional<std::int64_t>& micros) {
    return micros ? brief(Duration(*micros)) : "-";
}

std::string memory_text(std::int64_t bytes) {
    constexpr std::array<std::string_view, 4> units{"B", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    for (; bytes >= 10'000 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    return std::to_string(bytes).append(units.at(unit));
}

std::string_view actor_name(std::string_view actor) {
    const std::size_t colon = actor.find(':');
    return colon == std::string_view::npos ? actor : actor.substr(colon + 1);
}

std::string short_execution(std::string_view id) {
    return std::string(id.size() > shown_digits ? id.substr(id.size() - shown_digits) : id);
}

std::string end_text(const boost::json::object& execution) {
    const std::string_view state = text_of(execution, "state");
    if (state == "succeeded") return "ok";
    if (const auto signal = number_of(execution, "signal"); signal && *signal != 0) {
        const char* const name = sigabbrev_np(static_cast<int>(*signal));
        return name == nullptr ? "signal " + std::to_string(*signal) : name;
    }
    if (const auto code = number_of(execution, "exit_code"); code && *code != 0) {
        return "exit " + std::to_string(*code);
    }
    if (state == "timed_out") return "timed out";
    if (state == "skipped") return "skipped " + std::string(text_of(execution, "reason"));
    return std::string(state);
}

std::string shown_text(std::string_view text) { return config::printable(text, std::string::npos); }

Cell mark_cell(const boost::json::object& row, const Style& style) {
    if (text_of(row, "alarm") == "failing") return {"!", style.error()};
    const std::string_view state = text_of(row, "state");
    if (state == "paused") return {"=", style.warning()};
    if (is_running(row)) return {">", style.good()};
    if (state == "inactive" || state == "finished") return {".", {}};
    return {};
}

std::string schedule_text(const boost::json::object& row) {
    if (const boost::json::array* const several = array_of(row, "schedule")) {
        std::string text;
        if (!several->empty() && several->front().is_string()) {
            text.assign(several->front().get_string().data(), several->front().get_string().size());
        }
        return text + " +" + std::to_string(several->size() - 1);
    }
    return std::string(text_of(row, "schedule"));
}

std::string next_text(const boost::json::object& row, const ShortWhen& when) {
    const std::string_view state = text_of(row, "state");
    if (state == "paused") {
        const boost::json::object* const paused = object_of(row, "paused");
        std::string text = "paused";
        if (paused == nullptr) return text;
        if (const auto by = text_of(*paused, "by"); !by.empty()) {
            text.append(" by ").append(actor_name(by));
        }
        if (const auto until = instant_of(*paused, "until")) text += " until " + when.text(*until);
        return text;
    }
    if (const boost::json::object* const next = object_of(row, "next")) {
        if (const auto at = instant_of(*next, "at")) {
            return when.text(*at) + "  " + when.relative(*at);
        }
    }
    return state == "active" ? "-" : std::string(state);
}

Cell last_cell(const boost::json::object& row, const ShortWhen& when, const Style& style) {
    if (const boost::json::object* const running = object_of(row, "running")) {
        const auto since = instant_of(*running, "since");
        std::string text = "runs";
        if (since) text += ' ' + brief(std::max(when.now() - *since, Duration::zero()));
        return {text + plural(number_of(*running, "count").value_or(1)), {}};
    }
    const boost::json::object* const last = object_of(row, "last");
    if (last == nullptr) return {"-", {}};
    const std::string end = end_text(*last);
    if (end == "ok") return {"ok " + span_text(number_of(*last, "duration_us")), {}};
    return {end + plural(number_of(row, "failures").value_or(1)), style.error()};
}

}  // namespace quantum::cli
