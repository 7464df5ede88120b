#include "config/job_file.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/output_file.hpp"

namespace quantum::config {
namespace {

using namespace std::chrono_literals;

JobFile parse_file(std::string_view text) {
    return parse_job_file(text, {.path = "site.toml",
                                 .zone = "Europe/Zurich",
                                 .account = {"ada", "/home/ada", true},
                                 .inherited = {}});
}

/// The jobs of a file without problems.
std::vector<Job> jobs(std::string_view text) {
    JobFile file = parse_file(text);
    for (const Diagnostic& diagnostic : file.diagnostics) ADD_FAILURE() << describe(diagnostic);
    std::vector<Job> result;
    for (JobFileEntry& entry : file.entries) result.push_back(std::move(entry.job));
    return result;
}

/// The one job of a file that says this of it.
Job job(const std::string& words) {
    auto all = jobs(
        "allow_run_as = [\"backup\"]\nallow_run_as_group = [\"disk\"]\n[jobs.a]\nschedule = "
        "\"@daily\"\nshell = \"true\"\n" +
        words);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Job() : std::move(all.front());
}

Command command(const std::string& words) {
    const Job made = job(words);
    const Command* const found = command_of(made.task());
    return found == nullptr ? Command() : *found;
}

std::string value(const Command& made, std::string_view name) {
    return std::string(find_variable(made.environment, name).value_or("(not set)"));
}

TEST(JobFileText, NamesItsJobsAndSaysWhereTheyStand) {
    const auto all = jobs(R"(
[jobs."z.report"]
schedule = "0 8 * * mon-fri"
command = ["report", "--all"]

[jobs.backup]
schedule = "@hourly"
shell = "backup | mail"
)");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].name(), "z.report") << "in the order of the lines";
    EXPECT_EQ(all[0].source(), "site.toml:2");
    EXPECT_EQ(command_of(all[0].task())->argv, (std::vector<std::string>{"report", "--all"}));
    EXPECT_EQ(all[0].overlap(), Overlap::skip) << "not a crontab's";
    EXPECT_EQ(all[1].source(), "site.toml:6");
    EXPECT_EQ(command_of(all[1].task())->argv,
              (std::vector<std::string>{"/bin/sh", "-c", "backup | mail"}));
}

TEST(JobFileText, IsTheSameHoweverItsTablesAreWritten) {
    const auto all = jobs(R"(
jobs.a = { schedule = "@daily", shell = "true" }
jobs.b.schedule = "@daily"
jobs.b.shell = "true"
)");
    EXPECT_EQ(all.size(), 2U);
}

TEST(JobFileText, WithoutJobsIsAFileWithoutJobs) {
    EXPECT_TRUE(jobs("").empty());
    EXPECT_TRUE(jobs("# nothing\n[defaults]\nzone = \"UTC\"\n").empty());
    EXPECT_TRUE(jobs("[jobs]\n").empty());
}

TEST(JobFileText, ReadsWhenAJobIsDue) {
    EXPECT_EQ(job("").schedule()->zone_name(), "Europe/Zurich") << "the machine's";
    EXPECT_EQ(job("zone = \"America/New_York\"").schedule()->zone_name(), "America/New_York");
    const auto all = jobs(R"(
[jobs.several]
schedule = ["0 8 * * *", "0 20 * * *", "0 8 1 * *"]
zone = "UTC"
shell = "true"
[jobs.bounded]
schedule = "0 12 * * *"
zone = "UTC"
from = 2027-01-02T00:00:00Z
until = 2027-01-05T14:00:00+02:00
except_dates = [2027-01-03]
shell = "true"
[jobs.both]
schedule = "0 0 13 * 5"
days = "all"
shell = "true"
[jobs.spring]
schedule = "0 0 9 * * MON"
dialect = "spring"
dst = "quartz"
dst_gap = "shift"
shell = "true"
)");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[2].schedule()->days(), DayRule::both);
    const WallTime start = std::chrono::sys_days(std::chrono::year{2027} / 1 / 1);
    std::size_t count = 0;
    for (const WallTime due : all[0].schedule()->after(start)) {
        if (due > start + 24h) break;
        ++count;
    }
    EXPECT_EQ(count, 2U) << "8:00 twice is one due time";
    EXPECT_EQ(all[1].schedule()->next(start), start + 24h + 12h);
    EXPECT_EQ(all[1].schedule()->next(start + 36h), start + 72h + 12h) << "not on the 3rd";
    EXPECT_FALSE(all[1].schedule()->next(start + 84h)) << "until is exclusive";
    EXPECT_EQ(all[3].schedule()->dialect(), Dialect::spring);
    EXPECT_EQ(all[3].schedule()->dst(), (DstPolicy{DstGap::shift, DstRepeat::second}));
}

TEST(JobFileText, ReadsWhatBecomesOfDueTimes) {
    const Job made = job(R"(
state = "inactive"
misfire = "all"
misfire_cap = 7
grace = "1h30m"
overlap = "queue"
queue = 5
tags = ["db", "night"]
jitter = "10s"
retries = 3
backoff = { first = "5s", factor = 3, longest = "10m", jitter = 0.5 }
retry_past_next = true
on_lost = "rerun"
)");
    EXPECT_EQ(made.state(), JobState::inactive);
    EXPECT_EQ(made.misfire(), Misfire::all);
    EXPECT_EQ(made.misfire_cap(), 7U);
    EXPECT_EQ(made.grace(), 90min);
    EXPECT_EQ(made.overlap(), Overlap::queue);
    EXPECT_EQ(made.queue_limit(), 5U);
    EXPECT_EQ(made.tags(), (std::vector<std::string>{"db", "night"}));
    EXPECT_EQ(made.policies().jitter, 10s);
    EXPECT_EQ(made.policies().retries, 3U);
    EXPECT_EQ(made.policies().backoff, (Backoff{5s, 3, 10min, 0.5}));
    EXPECT_TRUE(made.policies().retry_past_next);
    EXPECT_EQ(made.policies().on_lost, OnLost::rerun);
    EXPECT_EQ(job("retries = 1\nbackoff = \"30s\"").policies().backoff, Backoff::fixed(30s));
    EXPECT_EQ(job("retries = 1").policies().backoff, Backoff());
}

TEST(JobFileText, ReadsHowACommandRuns) {
    const Command made = command(R"(
timeout = "2h"
kill_after = "1s"
input = "line\n"
env = { LANG = "C", HOME = "/srv", LOGNAME = "nobody" }
env_file = "/etc/backup.env"
secrets_directory = "/etc/secrets"
secrets = { TOKEN = "backup-token", KEY = "/run/key" }
on_crash = "wait"
output_file = { path = "/var/log/a.log", max_size = "1MiB", keep = 9 }
user = "backup"
group = "disk"
umask = "027"
nice = 5
new_privileges = true
success_codes = [0, 24]
limits = { address_space = "1GiB", cpu = "1m30s", open_files = 100, processes = 20, file_size = "10MB", core_size = 0 }
)");
    EXPECT_EQ(made.timeout, 2h);
    EXPECT_EQ(made.kill_after, 1s);
    EXPECT_EQ(made.input, "line\n");
    EXPECT_EQ(value(made, "LANG"), "C");
    EXPECT_EQ(value(made, "SHELL"), "/bin/sh");
    EXPECT_EQ(value(made, "PATH"), "/usr/bin:/bin");
    EXPECT_EQ(made.working_directory, "/srv") << "HOME, as cron has it";
    EXPECT_EQ(made.environment_file, "/etc/backup.env");
    EXPECT_EQ(made.secrets, (std::vector<SecretVariable>{{"TOKEN", "/etc/secrets/backup-token"},
                                                         {"KEY", "/run/key"}}));
    EXPECT_EQ(made.on_crash, OnCrash::wait);
    EXPECT_EQ(made.output_file, (OutputFile{"/var/log/a.log", 1U << 20U, 9}));
    EXPECT_EQ(made.user, "backup");
    EXPECT_EQ(made.group, "disk");
    EXPECT_EQ(made.file_mode_mask, 027U);
    EXPECT_EQ(made.nice, 5);
    EXPECT_TRUE(made.new_privileges);
    EXPECT_EQ(made.success_codes, (std::vector<int>{0, 24}));
    EXPECT_EQ(made.limits, (ResourceLimits{.address_space = 1U << 30U,
                                           .cpu_seconds = 90,
                                           .open_files = 100,
                                           .processes = 20,
                                           .file_size = 10'000'000,
                                           .core_size = 0}));
    EXPECT_EQ(command("output_file = \"/a.log\"").output_file, OutputFile{"/a.log"});
    EXPECT_EQ(command("umask = 0o077").file_mode_mask, 077U);
    EXPECT_EQ(command("working_directory = \"/tmp\"").working_directory, "/tmp");
    EXPECT_EQ(command("env = { SHELL = \"/bin/bash\" }").argv.front(), "/bin/bash");
}

TEST(JobFileText, ReadsARequest) {
    const auto all = jobs(R"(
[jobs.hook]
schedule = "@hourly"
timeout = "5s"
secrets_directory = "/etc/secrets/"
output_file = "/var/log/hook.log"
[jobs.hook.http]
url = "https://example.org/x"
method = "PUT"
headers = { Authorization = "Bearer x", X-Twice = ["a", "b"] }
secret_headers = { X-Key = "key", Authorization = { secret = "/run/token", before = "Bearer " } }
body = "text"
status = [204, "3xx", "400-404"]
ca_file = "/etc/ca.pem"
redirects = 0
local_redirects = true
max_response = "1MiB"
[jobs.plain]
schedule = "@hourly"
http = { url = "http://127.0.0.1:8080/", status = "2xx" }
)");
    ASSERT_EQ(all.size(), 2U);
    HttpRequest expected{.url = "https://example.org/x", .method = "PUT"};
    expected.headers = {{"Authorization", "Bearer x"}, {"X-Twice", "a"}, {"X-Twice", "b"}};
    expected.secret_headers = {{"X-Key", "/etc/secrets/key"},
                               {"Authorization", "/run/token", "Bearer "}};
    expected.output_file = {"/var/log/hook.log"};
    expected.body = "text";
    expected.expected_status = {{204, 204}, {300, 399}, {400, 404}};
    expected.timeout = 5s;
    expected.ca_file = "/etc/ca.pem";
    expected.redirects = 0;
    expected.local_redirects = true;
    expected.max_response = 1U << 20U;
    EXPECT_EQ(*request_of(all[0].task()), expected);
    EXPECT_EQ(*request_of(all[1].task()), HttpRequest{.url = "http://127.0.0.1:8080/"});
}

TEST(JobFileText, DefaultsHoldWhereAJobSaysNothing) {
    const auto all = jobs(R"(
[defaults]
zone = "UTC"
overlap = "allow"
timeout = "1m"
nice = 3
env = { A = "default", B = "default" }
[jobs.own]
schedule = "@daily"
overlap = "skip"
env = { B = "own" }
shell = "true"
[jobs.request]
schedule = "@daily"
http = { url = "http://h/" }
)");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].overlap(), Overlap::skip);
    EXPECT_EQ(all[0].schedule()->zone_name(), "UTC");
    const Command& own = *command_of(all[0].task());
    EXPECT_EQ(own.timeout, 1min);
    EXPECT_EQ(own.nice, 3);
    EXPECT_EQ(value(own, "A"), "default");
    EXPECT_EQ(value(own, "B"), "own");
    EXPECT_EQ(all[1].overlap(), Overlap::allow);
    EXPECT_EQ(request_of(all[1].task())->timeout, 1min) << "what concerns commands does not matter";
}

struct Problem {
    const char* text;
    std::size_t line;
    std::size_t column;
    const char* message;
};

void PrintTo(const Problem& problem, std::ostream* out) { *out << problem.text; }

struct JobFileProblem : testing::TestWithParam<Problem> {};

TEST_P(JobFileProblem, IsSaidWithItsPlaceAndWhatIsAllowed) {
    const auto& [text, line, column, message] = GetParam();
    const JobFile file = parse_file(text);
    ASSERT_EQ(file.diagnostics.size(), 1U)
        << (file.diagnostics.size() > 1 ? describe(file.diagnostics[1]) : "");
    const Diagnostic& found = file.diagnostics[0];
    EXPECT_EQ(found.severity, Severity::error);
    EXPECT_EQ(found.line, line) << found.message;
    EXPECT_EQ(found.column, column) << found.message;
    EXPECT_NE(found.message.find(message), std::string::npos) << found.message;
}

// The beginning of a job on lines 1 to 3; what is tested stands on line 4.
#define A_JOB "[jobs.a]\nschedule = \"@daily\"\nshell = \"true\"\n"

INSTANTIATE_TEST_SUITE_P(Syntax, JobFileProblem,
                         testing::Values(Problem{"[jobs.a\n", 1, 8, ""},
                                         Problem{"x = \n", 1, 5, ""},
                                         Problem{"a = 1\na = 2\n", 2, 5, ""},
                                         Problem{"[jobs.a]\n[jobs.a]\n", 2, 1, ""},
                                         Problem{"0 25 * * * backup\n", 1, 3, ""}));

INSTANTIATE_TEST_SUITE_P(
    Keys, JobFileProblem,
    testing::Values(
        Problem{"[default]\n", 1, 2,
                "'default' is not a key of a job file; did you mean 'defaults'?"},
        Problem{"[job.a]\nshell = \"x\"\n", 1, 2, "did you mean 'jobs'?"},
        Problem{"zone = \"UTC\"\n", 1, 1, "'zone' is outside of [defaults]"},
        Problem{"jobs = 3\n", 1, 8, R"(each job must be a table with its name: [jobs."name"])"},
        Problem{"[[jobs]]\nname = \"a\"\n", 1, 1, R"(each job must be a table with its name)"},
        Problem{"[jobs]\na = 3\n", 2, 5, "a: is a whole number, but must be a table"},
        Problem{"defaults = []\n", 1, 12, "defaults: is a list, but must be a table"},
        Problem{"[defaults]\nschedule = \"@daily\"\n", 2, 1,
                "'schedule' must be set for each job and has no default"},
        Problem{"[defaults]\novrlap = \"skip\"\n", 2, 1,
                "'ovrlap' is not a key of the defaults; did you mean 'overlap'?"},
        Problem{A_JOB "timout = \"5s\"\n", 4, 1,
                "'timout' is not a key of a job; did you mean 'timeout'?"},
        Problem{A_JOB "cwd = \"/\"\n", 4, 1, "did you mean 'working_directory'?"},
        Problem{A_JOB "enabled = false\n", 4, 1, "did you mean 'state'?"},
        Problem{A_JOB "colour = 1\n", 4, 1, "it has schedule, command, shell, http, zone, "},
        Problem{A_JOB "limits = { memory = 1 }\n", 4, 12,
                "'memory' is not a key of the limits; it has address_space, cpu"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\nhttp = { url = \"http://h/\", verb = \"GET\" }\n",
                3, 29, "'verb' is not a key of a request"},
        Problem{"[jobs.\"/a\"]\nschedule = \"@daily\"\nshell = \"true\"\n", 1, 7,
                "job name: must not begin with '/'"},
        Problem{"[jobs.\"\"]\nschedule = \"@daily\"\nshell = \"true\"\n", 1, 7,
                "job name: must not be empty"}));

INSTANTIATE_TEST_SUITE_P(
    Schedules, JobFileProblem,
    testing::Values(
        Problem{"[jobs.a]\nshell = \"true\"\n", 1, 7, "job 'a' has no schedule"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = \"0 25 * * *\"\n", 3, 15,
                "schedule: hour field: '25' is out of range"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = [\"@daily\", \"0 25 * * *\"]\n", 3, 26,
                "hour field"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = \"\\u0030 25 * * *\"\n", 3, 12,
                "hour field"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = []\n", 3, 12,
                "schedule: the list is empty"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = 5\n", 3, 12,
                "schedule: is a whole number, but must be a string"},
        Problem{"[jobs.a]\nshell = \"true\"\nschedule = [\"@reboot\", \"@daily\"]\n", 3, 13,
                "@reboot has no due times and cannot be combined with other schedules"},
        Problem{A_JOB "zone = \"Europe/Zuerich\"\n", 4, 8, "zone: "},
        Problem{A_JOB "dialect = \"corn\"\n", 4, 11, "did you mean 'cron'?"},
        Problem{A_JOB "dst = \"vixi\"\n", 4, 7, "is not one of vixie, robfig, quartz, quantum"},
        Problem{A_JOB "days = \"both\"\n", 4, 8, "days: 'both' is not one of any, all"},
        Problem{A_JOB "user = \"no-such-user\"\n", 4, 8, "is not a user on this machine"},
        Problem{A_JOB "dst_gap = \"later\"\n", 4, 11, "one of end, shift, skip"},
        Problem{A_JOB "from = \"2027-01-01\"\n", 4, 8, "it must be an instant"},
        Problem{A_JOB "from = 2027-01-01T00:00:00\n", 4, 8, "without an offset"},
        Problem{A_JOB "from = 2027-01-01T00:00:00Z\nuntil = 2026-01-01T00:00:00Z\n", 5, 9,
                "until: is not later than 'from'"},
        Problem{A_JOB "except_dates = [\"2027-01-01\"]\n", 4, 16, "must be a list of dates"}));

INSTANTIATE_TEST_SUITE_P(
    Values, JobFileProblem,
    testing::Values(
        Problem{A_JOB "timeout = 5\n", 4, 11,
                "timeout: the unit is missing; write timeout = \"5s\" if seconds are meant"},
        Problem{A_JOB "timeout = \"5 parsecs\"\n", 4, 11, "timeout: '5 parsecs' is not a duration"},
        Problem{A_JOB "timeout = true\n", 4, 11, "timeout: is a boolean, but must be a duration"},
        Problem{A_JOB "overlap = \"skpi\"\n", 4, 11,
                "overlap: 'skpi' is not one of allow, skip, queue, replace; did you mean 'skip'?"},
        Problem{A_JOB "queue = 0\n", 4, 9, "queue: 0 is out of range; 1 to"},
        Problem{A_JOB "nice = 20\n", 4, 8, "nice: 20 is out of range; -20 to 19 are allowed"},
        Problem{A_JOB "umask = 22\n", 4, 9, "umask: must be an octal number"},
        Problem{A_JOB "umask = \"099\"\n", 4, 9, "umask: must be an octal number"},
        Problem{A_JOB "new_privileges = \"yes\"\n", 4, 18, "must be true or false"},
        Problem{A_JOB "success_codes = [0, 256]\n", 4, 21, "256 is out of range; 0 to 255"},
        Problem{A_JOB "success_codes = 0\n", 4, 17, "must be a list of exit codes"},
        Problem{A_JOB "limits = { file_size = \"1G\" }\n", 4, 24, "file_size: '1G' is not a size"},
        Problem{A_JOB "limits = { cpu = \"10ms\" }\n", 4, 18, "cpu: must be at least 1s"},
        Problem{A_JOB "env = { A = 1 }\n", 4, 13, "A: is a whole number, but must be a string"},
        Problem{A_JOB "env = { \"A=B\" = \"1\" }\n", 4, 9,
                "env: 'A=B' is not a valid variable name"},
        Problem{A_JOB "env = { A = \"a\\u0000b\" }\n", 4, 13, "A: contains a zero byte"}));

INSTANTIATE_TEST_SUITE_P(
    Policies, JobFileProblem,
    testing::Values(
        Problem{A_JOB "tags = \"db\"\n", 4, 8, "tags: is a string, but must be a list of strings"},
        Problem{A_JOB "tags = [\"db\", \"db\"]\n", 4, 8, "tags: 'db' is listed twice"},
        Problem{A_JOB "jitter = 5\n", 4, 10, "jitter: the unit is missing"},
        Problem{A_JOB "retries = -1\n", 4, 11, "retries: -1 is out of range; 0 to"},
        Problem{A_JOB "retry = 3\n", 4, 1, "did you mean 'retries'?"},
        Problem{A_JOB "backoff = 30\n", 4, 11, "backoff: the unit is missing"},
        Problem{A_JOB "backoff = { frist = \"1s\" }\n", 4, 13, "did you mean 'first'?"},
        Problem{A_JOB "backoff = { factor = 0.5 }\n", 4, 11, "its factor must be at least 1"},
        Problem{A_JOB "backoff = { jitter = 2 }\n", 4, 11, "its jitter must be from 0 to 1"},
        Problem{A_JOB "retry_past_next = 1\n", 4, 19, "must be true or false"},
        Problem{A_JOB "on_lost = \"retry\"\n", 4, 11, "'retry' is not one of record, rerun"},
        Problem{A_JOB "on_crash = \"kill\"\n", 4, 12, "'kill' is not one of end, wait"},
        Problem{A_JOB "output_file = \"a.log\"\n", 4, 15, "output_file: its path must be absolute"},
        Problem{A_JOB "output_file = { path = \"/a\", max_size = 1 }\n", 4, 15, "max_size is 1"},
        Problem{A_JOB "output_file = { file = \"/a\" }\n", 4, 17,
                "'file' is not a key of an output file"}));

INSTANTIATE_TEST_SUITE_P(
    Secrets, JobFileProblem,
    testing::Values(Problem{A_JOB "secrets = { A = \"token\" }\n", 4, 17,
                            "A: 'token' is not a path, and no secrets_directory is set"},
                    Problem{A_JOB "secrets_directory = \"secrets\"\nsecrets = { A = \"token\" }\n",
                            4, 21, "secrets_directory: must be an absolute path"},
                    Problem{A_JOB "secrets_directory = \"/s\"\nsecrets = { A = \"../token\" }\n", 5,
                            17, "must be an absolute path, or a name without '/'"},
                    Problem{"[jobs.a]\nschedule = \"@daily\"\n[jobs.a.http]\nurl = \"http://h/\"\n"
                            "secret_headers = { A = { before = \"x\" } }\n",
                            5, 24, "A: does not name a secret"},
                    Problem{"[jobs.a]\nschedule = \"@daily\"\n[jobs.a.http]\nurl = \"http://h/\"\n"
                            "secret_headers = { A = { secret = \"/s\", after = \"x\" } }\n",
                            5, 41, "'after' is not a key of a secret header"},
                    Problem{"[jobs.a]\nschedule = \"@daily\"\n[jobs.a.http]\nurl = \"http://h/\"\n"
                            "secret_headers = { Host = 5 }\n",
                            5, 27, "Host: is a whole number, but must be a string"}));

INSTANTIATE_TEST_SUITE_P(
    SecurityItem14Users, JobFileProblem,
    testing::Values(
        Problem{A_JOB "user = \"backup\"\n", 4, 8,
                "user: jobs in this file may not run as 'backup'; to allow it, add "
                "allow_run_as = [\"backup\"] at the top of the file"},
        Problem{"allow_run_as = [\"games\"]\n" A_JOB "user = \"backup\"\n", 5, 8,
                "may not run as 'backup'"},
        Problem{A_JOB "group = \"disk\"\n", 4, 9, "may not run as 'ada'"},
        Problem{"allow_run_as = [\"backup\"]\n" A_JOB "user = \"backup\"\ngroup = \"disk\"\n", 6, 9,
                "group: 'disk' is not a group of 'backup'; to allow it, add allow_run_as_group = "
                "[\"disk\"] at the top of the file"},
        Problem{"allow_run_as = [\"backup\"]\nallow_run_as_group = [\"adm\"]\n" A_JOB
                "user = \"backup\"\ngroup = \"disk\"\n",
                7, 9, "is not a group of 'backup'"},
        Problem{"allow_run_as = [\"backup\"]\n" A_JOB "user = \"backup\"\ngroup = \"no-such\"\n", 6,
                9, "there is no group 'no-such' on this machine"},
        Problem{"allow_run_as_group = \"*\"\n" A_JOB, 1, 22, "but must be a list of strings"},
        Problem{"allow_run_as = \"*\"\n" A_JOB, 1, 16, "but must be a list of strings"}));

INSTANTIATE_TEST_SUITE_P(
    Tasks, JobFileProblem,
    testing::Values(
        Problem{"[jobs.a]\nschedule = \"@daily\"\n", 1, 7, "job 'a' has no task"},
        Problem{A_JOB "command = [\"x\"]\n", 3, 1, "has 'command' already"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\ncommand = \"ls -l\"\n", 3, 11,
                "for a shell command use the key 'shell'"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\ncommand = []\n", 3, 11, "has no program"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\nhttp = { url = \"h\" }\n", 3, 16,
                "url: 'h' does not begin with http:// or https://"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\nhttp = {}\n", 3, 8, "url: must not be empty"},
        Problem{
            "[jobs.a]\nschedule = \"@daily\"\nhttp = { url = \"http://h/\", status = \"ok\" }\n", 3,
            38, "status: must be one or more statuses"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\nnice = 3\nhttp = { url = \"http://h/\" }\n", 3, 1,
                "'nice' applies to commands, but this job sends a request"},
        Problem{"[jobs.a]\nschedule = \"@daily\"\nhttp = \"http://h/\"\n", 3, 8,
                "http: is a string, but must be a table"}));

TEST(JobFileText, SaysWhatConcernsAllJobsTogether) {
    const JobFile file = parse_file(R"(
allow_run_as = ["backup", "games"]
allow_run_as_group = ["disk"]
[tag_concurrency]
db = 1
net = 20
[jobs.a]
schedule = "@daily"
user = "games"
shell = "true"
)");
    for (const Diagnostic& diagnostic : file.diagnostics) ADD_FAILURE() << describe(diagnostic);
    EXPECT_EQ(file.common,
              (CommonSettings{{"backup", "games"}, {"disk"}, {{"db", 1}, {"net", 20}}}));

    const JobFile wrong = parse_file("[tag_concurrency]\ndb = 0\n");
    ASSERT_EQ(wrong.diagnostics.size(), 1U);
    EXPECT_EQ(describe(wrong.diagnostics[0]).substr(0, 34), "line 2, column 6: db: 0 is out of ");
}

TEST(JobFileText, SecurityItem14WhoNamesEverybodyOrRunsASystemMayBeAnybody) {
    constexpr const char* text = "allow_run_as = [\"*\"]\n" A_JOB "user = \"backup\"\n";
    EXPECT_TRUE(parse_file(text).diagnostics.empty());
    EXPECT_TRUE(
        parse_job_file(A_JOB "user = \"backup\"\n",
                       {.path = "a.toml", .account = {"root", "/root", true}, .system = true})
            .diagnostics.empty());
}

TEST(JobFileText, SecurityItem14AUsersOwnGroupNeedsNoWord) {
    EXPECT_TRUE(
        parse_file("allow_run_as = [\"backup\"]\n" A_JOB "user = \"backup\"\ngroup = \"backup\"\n")
            .diagnostics.empty());
    EXPECT_TRUE(parse_file("allow_run_as = [\"backup\"]\nallow_run_as_group = [\"*\"]\n" A_JOB
                           "user = \"backup\"\ngroup = \"disk\"\n")
                    .diagnostics.empty());
}

TEST(JobFileText, SecurityItem13NoUnknownKeyIsTakenAtAnyLevel) {
    const std::string job = "[jobs.a]\nschedule = \"@daily\"\n";
    const std::string command = job + "shell = \"true\"\n";
    const std::string request = job + "http = { url = \"http://h/\", ";
    std::size_t tried = 0;
    for (const std::string key : {"uid", "gid", "usr", "runas", "run_as", "environ", "LD_PRELOAD",
                                  "setuid", "root", "Command", "user ", "__proto__"}) {
        const std::string word = '"' + key + "\" = 0";
        for (const std::string& text :
             {word + "\n" + command, "[\"" + key + "\"]\nx = 1\n" + command,
              "[defaults]\n" + word + "\n" + command, command + word + "\n",
              command + "limits = { " + word + " }\n", command + "backoff = { " + word + " }\n",
              command + "output_file = { path = \"/a\", " + word + " }\n", request + word + " }\n",
              request + "secret_headers = { A = { secret = \"/s\", " + word + " } } }\n"}) {
            const JobFile file = parse_file(text);
            EXPECT_TRUE(has_errors(file.diagnostics)) << text;
            ++tried;
        }
    }
    EXPECT_EQ(tried, 12U * 9U);
}

TEST(JobFileText, SaysEveryProblemAndADefaultsOnce) {
    const JobFile file = parse_file(R"([defaults]
overlap = "never"
[jobs.a]
schedule = "@daily"
shell = "true"
queue = 0
[jobs.b]
schedule = "@dialy"
shell = 5
nice = "x"
)");
    std::vector<std::size_t> lines;
    for (const Diagnostic& diagnostic : file.diagnostics) lines.push_back(diagnostic.line);
    EXPECT_EQ(lines, (std::vector<std::size_t>{2, 6, 8, 9, 10}));
    EXPECT_EQ(file.entries.size(), 2U);
}

TEST(JobFileText, CountsColumnsInBytes) {
    const JobFile file =
        parse_file("[jobs.\"naïve\"]\nschedule = \"@daily\"\nshell = \"ü\"\nenv = { \"Ä\" = 3 }\n");
    ASSERT_EQ(file.diagnostics.size(), 1U);
    EXPECT_EQ(file.diagnostics[0].column, 16U);
}

TEST(JobFileText, IsNeverTooStrange) {
    for (const std::string& text :
         {std::string("\0\0\0", 3), std::string("\xFF\xFE[\0j\0", 6), std::string(100'000, '['),
          "[jobs.a]\nschedule = " + std::string(100'000, '['),
          "a" + std::string(100'000, '.') + "b = 1", std::string(1'000'000, 'x'),
          std::string("\xEF\xBB\xBF# a byte order mark\r\n"),
          "[jobs.\"" + std::string(10'000, 'n') + "\"]\n"}) {
        const JobFile file = parse_file(text);
        for (const Diagnostic& diagnostic : file.diagnostics) {
            EXPECT_LT(diagnostic.message.size(), 2000U);
            EXPECT_EQ(diagnostic.message, printable(diagnostic.message, 2000));
        }
    }
}

}  // namespace
}  // namespace quantum::config
