// A job as JSON and as TOML: whatever a job file can say comes back as it was.
#include "config/job_document.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/job_file.hpp"

namespace quantum::config {
namespace {

using testing::HasSubstr;

const JobFileOptions own_options{.path = "test.toml", .account = {"root", "/root", true}};

/// The only job of a text.
Job job_in(const std::string& text) {
    JobFile file = parse_job_file(text, own_options);
    for (const Diagnostic& problem : file.diagnostics) ADD_FAILURE() << describe(problem);
    EXPECT_EQ(file.entries.size(), 1u) << text;
    return file.entries.empty() ? Job() : std::move(file.entries.front().job);
}

/// Through JSON and through TOML, and back.
void expect_round_trip(const Job& job) {
    const boost::json::object document = job_document(job, own_options.account);
    const std::string toml = job_toml(job.name(), document);
    const auto again = job_of_document(job.name(), document, own_options);
    if (!again) {
        ADD_FAILURE() << again.error().front().message << '\n' << toml;
        return;
    }
    EXPECT_EQ(job_document(*again, own_options.account), document) << toml;
    EXPECT_TRUE(again->schedule() == job.schedule()) << toml;
    EXPECT_EQ(job_document(job_in(toml), own_options.account), document) << toml;
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(QUANTUM_SOURCE_DIR "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
}

TEST(JobDocumentTest, WhatThePageShowsComesBack) {
    const std::string page = text_of_file("docs/reference/job-files.md");
    constexpr std::string_view begin = "```toml\n";
    std::size_t jobs = 0;
    std::vector<std::string> texts{text_of_file("examples/jobs.toml")};
    for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
        at += begin.size();
        texts.push_back(page.substr(at, page.find("```", at) - at));
    }
    for (const std::string& text : texts) {
        JobFileOptions options = own_options;
        const JobFile file = parse_job_file(text, options);
        for (const auto& entry : file.entries) {
            // Whom it may run as is said beside the job.
            if (job_document(entry.job, own_options.account).contains("user")) continue;
            if (job_document(entry.job, own_options.account).contains("group")) continue;
            expect_round_trip(entry.job);
            ++jobs;
        }
    }
    EXPECT_GE(jobs, 8u);
}

TEST(JobDocumentTest, WhatIsUsualIsLeftOut) {
    const Job job = job_in("[jobs.plain]\nschedule = \"@daily\"\nshell = \"true\"\n");
    EXPECT_EQ(boost::json::serialize(job_document(job, own_options.account)),
              R"({"schedule":"@daily","zone":"UTC","shell":"true"})");
    EXPECT_EQ(job_toml("a b", job_document(job, own_options.account)),
              "[jobs.\"a b\"]\nschedule = \"@daily\"\nzone = \"UTC\"\nshell = \"true\"\n");
}

TEST(JobDocumentTest, WhatIsWrongIsToldWithItsPlace) {
    const auto document =
        boost::json::parse(R"({"schedule":"0 25 * * *","shell":"x","retrys":1,"grace":5})");
    const auto job = job_of_document("load", document.as_object(), own_options);
    ASSERT_FALSE(job);
    std::vector<std::string> pointers;
    for (const DocumentFault& fault : job.error()) {
        pointers.push_back(fault.pointer);
        if (fault.pointer == "/retrys") {
            EXPECT_EQ(fault.did_you_mean, "retries");
        }
    }
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/schedule", "/retrys", "/grace"));
}

TEST(JobDocumentTest, ATextCannotBecomeAnotherKey) {
    const auto document = boost::json::parse(
        R"({"schedule":"@daily","shell":"x","from":"2026-01-01\nshell = \"y\""})");
    const auto job = job_of_document("load", document.as_object(), own_options);
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().front().pointer, "/from");
}

}  // namespace
}  // namespace quantum::config
