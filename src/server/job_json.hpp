#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "base/json_text.hpp"
#include "server/job_index.hpp"
#include "server/message.hpp"

// What the API says of jobs.
namespace quantum::server {

/// An instant of a job: `{"at":UTC,"local":with offset,"zone":…}`.
void append_instant(std::string& out, WallTime time, std::string_view zone);

/// Appends a row of a list as an object. `paused_by`: who paused it, if that is known.
void append_job_row(std::string& out, const IndexedJob& job, WallTime now,
                    const std::string& paused_by);

/// Appends the members that a row and a job have in common, but for the name.
void append_schedule(base::JsonObject& members, std::string& out, const Job& job);
void append_pause(base::JsonObject& members, std::string& out, const Job& job, WallTime now,
                  const std::string& paused_by);
void append_last(base::JsonObject& members, std::string& out, const IndexedJob& job);

/// The entity tag of a revision in a condition: "r7.paused", in quotes.
[[nodiscard]] std::string entity_tag(std::uint32_t revision, JobCondition condition);

/// A definition as `role` may see it: whoever may not change it does not see the values of
/// environment variables, headers and standard input, but `***`.
void hide_values(boost::json::object& document, Role role);

/// What a job runs, in one line: "/usr/bin/backup --all", "POST https://…".
[[nodiscard]] std::string command_text(const Job& job);

}  // namespace quantum::server
