#include "storage/sqlite/job_text.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/sqlite/builders.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

struct Property {
    const char* name;
    std::function<void(Job&)> set;
};

void expect_task(Job& job, Task task) { EXPECT_TRUE(job.set_task(std::move(task))); }

std::string every_byte() {
    std::string bytes;
    for (int value = 1; value < 256; ++value) bytes.push_back(static_cast<char>(value));
    return bytes;
}

struct DefinitionText : testing::TestWithParam<Property> {};

TEST_P(DefinitionText, IsReadBackAsItWas) {
    Job job = job_named("report");
    GetParam().set(job);

    Job again;
    ASSERT_TRUE(again.set_name(job.name()));
    const auto restored = sqlite::apply_definition(sqlite::definition_text(job), again);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_FALSE(restored->needs_binding());

    EXPECT_EQ(again.overlap(), job.overlap());
    EXPECT_EQ(again.misfire(), job.misfire());
    EXPECT_EQ(again.misfire_cap(), job.misfire_cap());
    EXPECT_EQ(again.queue_limit(), job.queue_limit());
    EXPECT_EQ(again.grace(), job.grace());
    EXPECT_EQ(again.run_strategy() == nullptr, job.run_strategy() == nullptr);
    ASSERT_EQ(again.task().index(), job.task().index());
    if (const auto* command = std::get_if<Command>(&job.task())) {
        EXPECT_EQ(std::get<Command>(again.task()), *command);
    }
    if (const auto* request = std::get_if<HttpRequest>(&job.task())) {
        EXPECT_EQ(std::get<HttpRequest>(again.task()), *request);
    }
    if (const auto* handler = std::get_if<HandlerCall>(&job.task())) {
        EXPECT_EQ(std::get<HandlerCall>(again.task()), *handler);
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
                     request.body = std::string("a\0\xFF", 3);
                     request.expected_status = {{204, 204}, {400, 499}};
                     request.timeout = 1us;
                     request.ca_file = "/etc/ca.pem";
                     request.redirects = 0;
                     request.local_redirects = true;
                     request.max_response = 1;
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
        std::vector<std::string> nodes(std::string_view, std::string_view,
                                       std::span<const std::string>) const override {
            return {};
        }
    };
    Job job = job_named("report");
    expect_task(job, Function([] {}));
    job.set_run_strategy(std::make_shared<Own>());

    Job again;
    const auto restored = sqlite::apply_definition(sqlite::definition_text(job), again);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_TRUE(restored->own_task);
    EXPECT_TRUE(restored->own_run_strategy);
    EXPECT_FALSE(restored->own_schedule);
}

TEST(DefinitionTextOfANewerProgram, IsRefusedAndNeverFollowedInPart) {
    for (const char* text :
         {R"({"command":{"argv":["true"],"nice":5}})", R"({"on_lost":"rerun"})",
          R"({"overlap":"wait"})", R"({"grace_us":"90"})", R"({"command":{"argv":[]}})",
          R"({"command":{"argv":[1]}})", R"({"command":[]})", R"({"misfire_cap":0})", "[]", "",
          R"({"command":{"argv":["a"],"environment":[["A"]]}})",
          R"({"http":{"url":"http://h/","proxy":"p"}})", R"({"http":{"url":"h"}})",
          R"({"http":{"url":"http://h/","headers":[["A","1\n2"]]}})",
          R"({"http":{"url":"http://h/","expected_status":[[200,70000]]}})",
          R"({"http":{"url":"http://h/","expected_status":[]}})", R"({"http":"http://h/"})"}) {
        Job job;
        const auto read = sqlite::apply_definition(text, job);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, ErrorCode::corrupt) << text;
    }
}

}  // namespace
}  // namespace quantum::test
