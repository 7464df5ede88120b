#include "storage/sqlite/jobs/job_text.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct Property {
    const char* name;
    std::function<void(Job&)> set;
};

void expect_task(Job& job, Task task) { EXPECT_TRUE(job.set_task(std::move(task))); }

Result<sqlite::Restored> restored_from(std::string_view text, Job& job) {
    model::CommonCommands commands;
    return sqlite::apply_definition(text, job, commands);
}

std::string every_byte() {
    std::string bytes;
    for (int value = 1; value < 256; ++value) bytes.push_back(static_cast<char>(value));
    return bytes;
}

std::vector<std::string> nodes_of(const Job& job) {
    if (!job.run_strategy()) return {};
    const std::vector<std::string> up = {"a", "b", "self"};
    return job.run_strategy()->nodes({job.name(), noon, "self", up});
}

struct DefinitionText : testing::TestWithParam<Property> {};

TEST_P(DefinitionText, IsReadBackAsItWas) {
    Job job = job_named("report");
    GetParam().set(job);

    Job again;
    ASSERT_TRUE(again.set_name(job.name()));
    const auto restored = restored_from(sqlite::definition_text(job), again);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_FALSE(restored->needs_binding());

    EXPECT_EQ(again.policies(), job.policies());
    EXPECT_EQ(again.pause(), job.pause());
    EXPECT_EQ(nodes_of(again), nodes_of(job));
    // What has a text of its own stands in the row.
    if (!job.schedule()->parts().empty() || job.schedule()->narrowed() != nullptr) {
        ASSERT_TRUE(restored->schedule);
        EXPECT_EQ(*restored->schedule, *job.schedule());
    }
    ASSERT_EQ(again.task().kind(), job.task().kind());
    if (const Command* command = command_of(job.task())) {
        EXPECT_EQ(*command_of(again.task()), *command);
    }
    if (const HttpRequest* request = request_of(job.task())) {
        EXPECT_EQ(*request_of(again.task()), *request);
    }
    if (const HandlerCall* handler = handler_of(job.task())) {
        EXPECT_EQ(*handler_of(again.task()), *handler);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Properties, DefinitionText,
    testing::Values(
        Property{"defaults", [](Job&) {}},
        Property{"overlap_allow", [](Job& job) { job.set_overlap(Overlap::allow); }},
        Property{"overlap_queue",
                 [](Job& job) {
                     job.set_overlap(Overlap::queue);
                     EXPECT_TRUE(job.set_queue_limit(7));
                 }},
        Property{"overlap_replace", [](Job& job) { job.set_overlap(Overlap::replace); }},
        Property{"misfire_all",
                 [](Job& job) {
                     job.set_misfire(Misfire::all);
                     EXPECT_TRUE(job.set_misfire_cap(std::numeric_limits<std::uint32_t>::max()));
                 }},
        Property{"misfire_skip", [](Job& job) { job.set_misfire(Misfire::skip); }},
        Property{"grace", [](Job& job) { EXPECT_TRUE(job.set_grace(90s + 1us)); }},
        Property{"local",
                 [](Job& job) { job.set_run_strategy(std::make_shared<LocalStrategy>()); }},
        Property{"all_nodes",
                 [](Job& job) { job.set_run_strategy(std::make_shared<AllStrategy>()); }},
        Property{"one_of_a_list",
                 [](Job& job) {
                     job.set_run_strategy(
                         std::make_shared<RandomStrategy>(std::vector<std::string>{"b"}));
                 }},
        Property{"retries",
                 [](Job& job) {
                     EXPECT_TRUE(job.set_retries(5, {.first = 1us, .factor = 1.5, .jitter = 0.25}));
                     job.set_retry_past_next(true).set_on_lost(OnLost::rerun);
                 }},
        Property{"limits",
                 [](Job& job) {
                     EXPECT_TRUE(job.set_jitter(90s));
                     EXPECT_TRUE(job.set_timeout(1us));
                     EXPECT_TRUE(job.set_tags({"database", "\xC3\xA9"}));
                     job.set_run_if_past(true);
                 }},
        Property{"paused",
                 [](Job& job) { job.set_pause(Pause{.until = noon + 1us, .note = "disk swap"}); }},
        Property{"paused_without_end", [](Job& job) { job.set_pause(Pause{}); }},
        Property{"several_schedules",
                 [](Job& job) {
                     job.add_schedule(*parse_schedule(
                         "30 2 * * *",
                         {.zone = "Europe/Zurich", .dst = {DstGap::skip, DstRepeat::both}}));
                     job.add_schedule(parse_schedule("@every 10m", {})->anchored_at(noon + 3us));
                     job.add_schedule(Schedule::every(7us, noon));
                     job.add_schedule(Schedule::once(noon + 1h));
                 }},
        Property{"window",
                 [](Job& job) {
                     job.set_schedule(parse_schedule("0 9 * * 1-5", {.zone = "Asia/Tokyo"})
                                          ->within(noon, noon + 1us));
                 }},
        Property{"window_open_to_the_past",
                 [](Job& job) {
                     job.set_schedule(parse_schedule("@every 10m", {})
                                          ->within(std::nullopt, noon)
                                          .anchored_at(noon + 3us));
                 }},
        Property{"dates_left_out_of_a_union_in_a_window",
                 [](Job& job) {
                     using namespace std::chrono;
                     job.set_schedule(
                         Schedule::any_of({*parse_schedule("0 9 * * 1", {.zone = "Asia/Tokyo"}),
                                           *parse_schedule("30 2 * * *", {.dst = {DstGap::skip}})})
                             .except_dates({2026y / December / 25, 2027y / 1 / 1})
                             .within(noon, std::nullopt));
                 }},
        Property{"handler",
                 [](Job& job) {
                     expect_task(job, HandlerCall{"mail", R"({"to":"a\"b","n":[1,2]})"});
                 }},
        Property{"command",
                 [](Job& job) {
                     Command command;
                     command.argv = {"/bin/sh", "-c", "echo \"hi\"\n"};
                     command.environment = {{"PATH", "/bin"}, {"EMPTY", ""}, {"PATH", "/again"}};
                     command.input = std::string("a\0b", 3);
                     command.working_directory = "/tmp";
                     command.timeout = 90s;
                     command.kill_after = 1us;
                     expect_task(job, std::move(command));
                 }},
        Property{"rights",
                 [](Job& job) {
                     Command command;
                     command.argv = {"backup"};
                     command.user = "backup";
                     command.group = "disk";
                     command.new_privileges = true;
                     command.file_mode_mask = 077;
                     command.nice = -5;
                     command.limits.address_space = std::uint64_t{1} << 32U;
                     command.limits.cpu_seconds = 60;
                     command.limits.open_files = 64;
                     command.limits.processes = 10;
                     command.limits.file_size = std::numeric_limits<std::uint64_t>::max();
                     command.limits.core_size = 0;
                     command.environment_file = "/etc/backup.env";
                     command.secrets = {{"TOKEN", "backup-token"}, {"KEY", "/run/key"}};
                     command.success_codes = {0, 24};
                     command.output_file = {"/var/log/backup.log", 1U << 20U, 0};
                     command.on_crash = OnCrash::wait;
                     command.or_in_root = true;
                     expect_task(job, std::move(command));
                 }},
        Property{"empty_input",
                 [](Job& job) {
                     Command command;
                     command.argv = {"cat", ""};
                     command.input = "";
                     expect_task(job, std::move(command));
                 }},
        Property{"request",
                 [](Job& job) {
                     HttpRequest request{.url = "https://example.org/x?y=1", .method = "PUT"};
                     request.headers = {{"X-A", "1"}, {"X-A", "2"}, {"X-Empty", ""}};
                     request.secret_headers = {{"Authorization", "api-token", "Bearer "},
                                               {"X-Key", "/run/key"}};
                     request.body = std::string("a\0\xFF", 3);
                     request.expected_status = {{204, 204}, {400, 499}};
                     request.timeout = 1us;
                     request.ca_file = "/etc/ca.pem";
                     request.redirects = 0;
                     request.local_redirects = true;
                     request.max_response = 1;
                     request.output_file = {"/var/log/hook.log"};
                     expect_task(job, std::move(request));
                 }},
        Property{"plain_request",
                 [](Job& job) { expect_task(job, HttpRequest{.url = "http://localhost/"}); }},
        Property{"bytes_that_are_no_utf8",
                 [](Job& job) {
                     Command command;
                     command.argv = {"printf", every_byte()};
                     command.environment = {{"BYTES", every_byte()}};
                     expect_task(job, std::move(command));
                 }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DefinitionTextOfTheProgramsOwn, IsAPlaceToBindAgain) {
    struct Own final : RunStrategy {
        std::vector<std::string> nodes(const Placement&) const override { return {}; }
    };
    Job job = job_named("report");
    expect_task(job, Function([] {}));
    job.set_run_strategy(std::make_shared<Own>());

    Job again;
    const auto restored = restored_from(sqlite::definition_text(job), again);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_TRUE(restored->own_task);
    EXPECT_TRUE(restored->own_run_strategy);
    EXPECT_FALSE(restored->own_schedule);
}

TEST(DefinitionTextOfASchedule, IsKeptAsFarAsItCanBeReadBack) {
    Job job = job_named("report");
    const auto is_own = [&job] {
        Job again;
        EXPECT_TRUE(again.set_name(job.name()));
        const auto restored = restored_from(sqlite::definition_text(job), again);
        EXPECT_TRUE(restored) << restored.error().message;
        return restored && restored->own_schedule;
    };
    for (int level = 0; level < 10; ++level) {
        job.set_schedule(job.schedule()->within(noon, std::nullopt));
        EXPECT_FALSE(is_own()) << level;
    }
    for (int level = 0; level < 1000; ++level) {
        job.set_schedule(job.schedule()->within(noon, std::nullopt));
    }
    EXPECT_TRUE(is_own());
}

TEST(DefinitionTextOfANewerProgram, IsRefusedAndNeverFollowedInPart) {
    for (const char* text : {R"({"command":{"argv":["true"],"chroot":"/x"}})",
                             R"({"phase_of_the_moon":"full"})",
                             R"({"command":{"argv":["a"],"nice":"5"}})",
                             R"({"command":{"argv":["a"],"nice":99}})",
                             R"({"command":{"argv":["a"],"limits":{"pids":1}}})",
                             R"({"command":{"argv":["a"],"limits":{"open_files":-1}}})",
                             R"({"command":{"argv":["a"],"success_codes":["0"]}})",
                             R"({"command":{"argv":["a"],"success_codes":[]}})",
                             R"({"command":{"argv":["a"],"umask":-1}})",
                             R"({"command":{"argv":["a"],"new_privileges":1}})",
                             R"({"command":{"argv":["a"],"on_crash":"hope"}})",
                             R"({"command":{"argv":["a"],"output_file":"/x"}})",
                             R"({"command":{"argv":["a"],"output_file":{"path":"/x","keep":1}}})",
                             R"({"command":{"argv":["a"],"output_file":)"
                             R"({"path":"/x","keep":1,"max_size":4096,"mode":1}}})",
                             R"({"overlap":"wait"})",
                             R"({"grace_us":"90"})",
                             R"({"command":{"argv":[]}})",
                             R"({"command":{"argv":[1]}})",
                             R"({"command":[]})",
                             R"({"misfire_cap":0})",
                             "[]",
                             "",
                             R"({"command":{"argv":["a"],"environment":[["A"]]}})",
                             R"({"http":{"url":"http://h/","proxy":"p"}})",
                             R"({"http":{"url":"h"}})",
                             R"({"http":{"url":"http://h/","headers":[["A","1\n2"]]}})",
                             R"({"http":{"url":"http://h/","expected_status":[[200,70000]]}})",
                             R"({"http":{"url":"http://h/","expected_status":[]}})",
                             R"({"http":{"url":"http://h/","secret_headers":[["A","s"]]}})",
                             R"({"http":{"url":"http://h/","secret_headers":{"A":"s"}}})",
                             R"({"http":{"url":"http://h/","secret_headers":[["A","a/b",""]]}})",
                             R"({"http":"http://h/"})"}) {
        Job job;
        const auto read = restored_from(text, job);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, ErrorCode::corrupt) << text;
    }
}

}  // namespace
}  // namespace quantum::test
