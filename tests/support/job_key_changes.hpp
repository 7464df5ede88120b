#pragma once

#include <string>
#include <string_view>
#include <vector>

// For every key of job files two definitions of one job that differ in nothing else.
namespace quantum::test {

struct JobKeyChange {
    std::string_view key;     ///< as `config::job_key_paths` has it
    std::string_view before;  ///< what the job says besides its schedule and its task
    std::string_view after;
    std::string_view task = R"(shell = "true")";
    std::string_view schedule = R"(schedule = "0 0 13 1 5")";
};

/// Far from any due time, whatever the clock shows; both day fields are said.
inline constexpr std::string_view no_task;
inline constexpr std::string_view some_task = R"(shell = "true")";
inline constexpr std::string_view hook = R"(http.url = "http://127.0.0.1:9/")";

inline constexpr JobKeyChange job_key_changes[] = {
    {"schedule", R"(schedule = "0 0 13 1 *")", R"(schedule = "0 0 14 1 *")", some_task, ""},
    {"command", R"(command = ["true"])", R"(command = ["true", ""])", no_task},
    {"shell", R"(shell = "true")", R"(shell = "true ")", no_task},
    {"http", R"(command = ["true"])", R"(http.url = "http://127.0.0.1:9/")", no_task},
    {"zone", R"(zone = "Europe/Zurich")", R"(zone = "Europe/Berlin")"},
    {"dialect", R"(dialect = "kubernetes")", R"(dialect = "jenkins")"},
    {"days", R"(days = "any")", R"(days = "all")"},
    {"dst", R"(dst = "robfig")", R"(dst = "quartz")"},
    {"dst_gap", R"(dst_gap = "end")", R"(dst_gap = "skip")"},
    {"dst_repeat", R"(dst_repeat = "first")", R"(dst_repeat = "both")"},
    {"from", "from = 2020-01-01T00:00:00Z", "from = 2020-01-01T00:00:01Z"},
    {"until", "until = 2100-01-01T00:00:00Z", "until = 2100-01-01T00:00:01Z"},
    {"except_dates", "except_dates = [2027-01-13]", "except_dates = [2027-01-13, 2028-01-13]"},
    {"run_if_past", "run_if_past = false", "run_if_past = true"},
    {"state", R"(state = "active")", R"(state = "inactive")"},
    {"misfire", R"(misfire = "one")", R"(misfire = "skip")"},
    {"misfire_cap", "misfire_cap = 100", "misfire_cap = 99"},
    {"grace", R"(grace = "1m")", R"(grace = "61s")"},
    {"overlap", R"(overlap = "skip")", R"(overlap = "replace")"},
    {"queue", "queue = 1", "queue = 2"},
    {"tags", R"(tags = ["a"])", R"(tags = ["a", "b"])"},
    {"jitter", R"(jitter = "1s")", R"(jitter = "2s")"},
    {"retries", "retries = 0", "retries = 1"},
    {"backoff", R"(backoff = "30s")", R"(backoff = "31s")"},
    {"backoff.first", R"(backoff = { first = "10s" })", R"(backoff = { first = "11s" })"},
    {"backoff.factor", "backoff = { factor = 2 }", "backoff = { factor = 2.5 }"},
    {"backoff.longest", R"(backoff = { longest = "1h" })", R"(backoff = { longest = "2h" })"},
    {"backoff.jitter", "backoff = { jitter = 0.2 }", "backoff = { jitter = 0.1 }"},
    {"retry_past_next", "retry_past_next = false", "retry_past_next = true"},
    {"on_lost", R"(on_lost = "record")", R"(on_lost = "rerun")"},
    {"timeout", R"(timeout = "1m")", R"(timeout = "2m")"},
    {"output_file", R"(output_file = "/var/log/a")", R"(output_file = "/var/log/b")"},
    {"output_file.path", R"(output_file = { path = "/var/log/a" })",
     R"(output_file = { path = "/var/log/b" })"},
    {"output_file.max_size", R"(output_file = { path = "/var/log/a", max_size = "1MiB" })",
     R"(output_file = { path = "/var/log/a", max_size = "2MiB" })"},
    {"output_file.keep", R"(output_file = { path = "/var/log/a", keep = 5 })",
     R"(output_file = { path = "/var/log/a", keep = 6 })"},
    {"secrets_directory", "secrets.A = \"a\"\nsecrets_directory = \"/etc/a\"",
     "secrets.A = \"a\"\nsecrets_directory = \"/etc/b\""},
    {"kill_after", R"(kill_after = "10s")", R"(kill_after = "11s")"},
    {"input", R"(input = "")", R"(input = "a")"},
    {"env", R"(env = { A = "1" })", R"(env = { A = "2" })"},
    {"env_file", R"(env_file = "/etc/a")", R"(env_file = "/etc/b")"},
    {"secrets", R"(secrets = { A = "/a" })", R"(secrets = { A = "/b" })"},
    {"working_directory", R"(working_directory = "/")", R"(working_directory = "/tmp")"},
    {"user", "", R"(user = "daemon")"},
    {"group", "", R"(group = "daemon")"},
    {"umask", R"(umask = "022")", R"(umask = "077")"},
    {"nice", "nice = 0", "nice = 1"},
    {"limits", "", R"(limits = { cpu = "1s" })"},
    {"limits.address_space", R"(limits = { address_space = "1GiB" })",
     R"(limits = { address_space = "2GiB" })"},
    {"limits.cpu", R"(limits = { cpu = "1s" })", R"(limits = { cpu = "2s" })"},
    {"limits.open_files", "limits = { open_files = 10 }", "limits = { open_files = 11 }"},
    {"limits.processes", "limits = { processes = 10 }", "limits = { processes = 11 }"},
    {"limits.file_size", "limits = { file_size = 10 }", "limits = { file_size = 11 }"},
    {"limits.core_size", "limits = { core_size = 0 }", "limits = { core_size = 1 }"},
    {"new_privileges", "new_privileges = false", "new_privileges = true"},
    {"success_codes", "success_codes = [0]", "success_codes = [0, 1]"},
    {"on_crash", R"(on_crash = "end")", R"(on_crash = "wait")"},
    {"http.url", R"(http.url = "http://127.0.0.1:9/")", R"(http.url = "http://127.0.0.1:9/a")",
     no_task},
    {"http.method", R"(http.method = "GET")", R"(http.method = "PUT")", hook},
    {"http.headers", R"(http.headers = { A = "1" })", R"(http.headers = { A = "2" })", hook},
    {"http.secret_headers", R"(http.secret_headers = { A = "/a" })",
     R"(http.secret_headers = { A = "/b" })", hook},
    {"http.secret_headers.secret", R"(http.secret_headers = { A = { secret = "/a" } })",
     R"(http.secret_headers = { A = { secret = "/b" } })", hook},
    {"http.secret_headers.before", R"(http.secret_headers = { A = { secret = "/a" } })",
     R"(http.secret_headers = { A = { secret = "/a", before = "Bearer " } })", hook},
    {"http.body", R"(http.body = "")", R"(http.body = "a")", hook},
    {"http.status", "http.status = 200", "http.status = 204", hook},
    {"http.ca_file", R"(http.ca_file = "/etc/a")", R"(http.ca_file = "/etc/b")", hook},
    {"http.redirects", "http.redirects = 5", "http.redirects = 4", hook},
    {"http.local_redirects", "http.local_redirects = false", "http.local_redirects = true", hook},
    {"http.max_response", "http.max_response = 10", "http.max_response = 11", hook},
};

/// The job's table, named like the key that changes.
inline std::string job_table_text(const JobKeyChange& change, bool changed) {
    std::string text = "[jobs.\"" + std::string(change.key) + "\"]\n";
    for (const std::string_view part :
         {change.schedule, change.task, changed ? change.after : change.before}) {
        text.append(part).append(1, '\n');
    }
    return text;
}

}  // namespace quantum::test
