#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cli/short_when.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

// What tables say of jobs and executions, from what the API says of them.
namespace quantum::cli {

/// Safe to print, and not cut.
[[nodiscard]] std::string shown_text(std::string_view text);

/// "!" failing, "=" paused, ">" running, "." inactive or finished; empty: nothing.
[[nodiscard]] Cell mark_cell(const boost::json::object& row, const Style& style);

/// "30 2 * * *", of several schedules the first and how many more.
[[nodiscard]] std::string schedule_text(const boost::json::object& row);

/// "02:30  in 4h12m", "paused by oncall until 06:00".
[[nodiscard]] std::string next_text(const boost::json::object& row, const ShortWhen& when);

/// "ok 4m12s", "exit 3 x5", "runs 18m".
[[nodiscard]] Cell last_cell(const boost::json::object& row, const ShortWhen& when,
                             const Style& style);

/// How an execution ended, from its members: "ok", "exit 3", "KILL", "timed out".
[[nodiscard]] std::string end_text(const boost::json::object& execution);

/// The last digits of an execution's ID: the first are the minute.
[[nodiscard]] std::string short_execution(std::string_view id);

/// "oncall" of "api:oncall".
[[nodiscard]] std::string_view actor_name(std::string_view actor);

/// A duration in microseconds; "-" if there is none.
[[nodiscard]] std::string span_text(const std::optional<std::int64_t>& micros);

/// "312MiB".
[[nodiscard]] std::string memory_text(std::int64_t bytes);

}  // namespace quantum::cli
