#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The keys of job files. This is the only place that lists them.
namespace quantum::config {

/// Where a key may be used.
enum class Use : std::uint8_t {
    any,      ///< in every job, and as a default
    command,  ///< in jobs with commands, and as a default for these
    own,      ///< only in a job itself: schedule and task
    own_command,
};

struct JobKey {
    std::string_view name;
    Use use;
};

inline constexpr std::array job_keys{
    JobKey{"schedule", Use::own},
    JobKey{"command", Use::own},
    JobKey{"shell", Use::own},
    JobKey{"http", Use::own},
    JobKey{"zone", Use::any},
    JobKey{"dialect", Use::any},
    JobKey{"days", Use::any},
    JobKey{"dst", Use::any},
    JobKey{"dst_gap", Use::any},
    JobKey{"dst_repeat", Use::any},
    JobKey{"from", Use::own},
    JobKey{"until", Use::own},
    JobKey{"except_dates", Use::any},
    JobKey{"run_if_past", Use::own},
    JobKey{"state", Use::any},
    JobKey{"misfire", Use::any},
    JobKey{"misfire_cap", Use::any},
    JobKey{"grace", Use::any},
    JobKey{"overlap", Use::any},
    JobKey{"queue", Use::any},
    JobKey{"tags", Use::any},
    JobKey{"jitter", Use::any},
    JobKey{"retries", Use::any},
    JobKey{"backoff", Use::any},
    JobKey{"retry_past_next", Use::any},
    JobKey{"on_lost", Use::any},
    JobKey{"timeout", Use::any},
    JobKey{"output_file", Use::any},
    JobKey{"secrets_directory", Use::any},
    JobKey{"kill_after", Use::command},
    JobKey{"input", Use::own_command},
    JobKey{"env", Use::command},
    JobKey{"env_file", Use::command},
    JobKey{"secrets", Use::command},
    JobKey{"working_directory", Use::command},
    JobKey{"user", Use::command},
    JobKey{"group", Use::command},
    JobKey{"umask", Use::command},
    JobKey{"nice", Use::command},
    JobKey{"limits", Use::command},
    JobKey{"new_privileges", Use::command},
    JobKey{"success_codes", Use::command},
    JobKey{"on_crash", Use::command},
};

inline constexpr std::array<std::string_view, 5> file_keys{"allow_run_as", "allow_run_as_group",
                                                           "tag_concurrency", "defaults", "jobs"};
inline constexpr std::array<std::string_view, 4> backoff_keys{"first", "factor", "longest",
                                                              "jitter"};
inline constexpr std::array<std::string_view, 3> output_file_keys{"path", "max_size", "keep"};
inline constexpr std::array<std::string_view, 6> limit_keys{
    "address_space", "cpu", "open_files", "processes", "file_size", "core_size"};
inline constexpr std::array<std::string_view, 10> request_keys{
    "url",    "method",  "headers",   "secret_headers",  "body",
    "status", "ca_file", "redirects", "local_redirects", "max_response"};
inline constexpr std::array<std::string_view, 2> secret_header_keys{"secret", "before"};

/// All settings of a job: "retries", and those in nested tables as "backoff.first",
/// "http.secret_headers.before".
[[nodiscard]] std::vector<std::string> job_key_paths();

}  // namespace quantum::config
