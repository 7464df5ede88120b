// What the ledger and the commands on it tell of starts and attempts, held against the jobs' own
// words.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/durable_fixture.hpp"
#include "daemon/log_text.hpp"

namespace quantum::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct AttemptsOfTheProgram : DurableTest {
    [[nodiscard]] std::vector<std::string> run_file(const std::string& file) const {
        return {binary("quantum"), "run", "--state", state(), file};
    }
    /// Runs a job file until `text` stands in the log.
    void run_jobs(const std::string& toml, std::string_view text) const {
        Program program(run_file(scratch.write("jobs.toml", toml)));
        EXPECT_TRUE(program.wait_for(text)) << program.err();
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0);
    }
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

TEST_F(AttemptsOfTheProgram, ThreeFailuresHaveThreeReasonsAndThreeOutputs) {
    run_jobs(R"toml([jobs.flaky]
schedule = "@reboot"
shell = "echo this is try $QUANTUM_ATTEMPT; exit $((10 + QUANTUM_ATTEMPT))"
retries = 2
backoff = "100ms"
)toml",
             "attempt=3 due");
    ASSERT_EQ(entries().size(), 1U);
    const std::string id = entries()[0].id.text();

    const auto rows = lines_of(ask({"history", "--attempts"}).out);
    ASSERT_EQ(rows.size(), 4U);
    for (int attempt = 1; attempt <= 3; ++attempt) {
        EXPECT_THAT(rows[static_cast<std::size_t>(attempt)],
                    HasSubstr("failed exit 1" + std::to_string(attempt)));
        EXPECT_EQ(ask({"logs", id, "--attempt", std::to_string(attempt)}).out,
                  "this is try " + std::to_string(attempt) + "\n");
    }
    EXPECT_EQ(ask({"logs", "flaky"}).out, "this is try 3\n");
    const Ended fourth = ask({"logs", "flaky", "--attempt", "4"});
    EXPECT_EQ(fourth.exit_code, 1);
    EXPECT_THAT(fourth.err, HasSubstr("has had 3 attempts"));

    const auto entry = boost::json::parse(ask({"history", "--json", "--attempts"}).out).as_object();
    const auto& attempts = entry.at("attempts").as_array();
    ASSERT_EQ(attempts.size(), 3U);
    EXPECT_EQ(entry.at("started_at"), attempts[0].at("started_at")) << "of the first attempt";
    for (std::size_t at = 0; at < 3; ++at) {
        EXPECT_EQ(attempts[at].at("exit_code"), 11 + at);
        EXPECT_LT(attempts[at].at("lateness_us").as_int64(), 10'000'000) << "its own";
    }
    EXPECT_EQ(ask({"verify"}).exit_code, 0) << ask({"verify"}).out;
}

TEST_F(AttemptsOfTheProgram, WhatCouldNotBeginSaysWhyInTheTableAndHasNoExitCode) {
    run_jobs(R"toml([jobs.nowhere]
schedule = "@reboot"
command = ["true"]
working_directory = "/no/such/directory"
)toml",
             "outcome=failed");

    EXPECT_THAT(ask({"history"}).out, HasSubstr("cannot enter the working directory"));
    const auto entry = boost::json::parse(ask({"history", "--json"}).out).as_object();
    EXPECT_EQ(entry.at("state"), "failed");
    EXPECT_FALSE(entry.contains("exit_code"));
    EXPECT_FALSE(entry.contains("lateness_us"));
    EXPECT_TRUE(entry.at("started_at").is_null());
    const Ended logs = ask({"logs", "nowhere"});
    EXPECT_EQ(logs.out, "");
    EXPECT_THAT(logs.err, HasSubstr("cannot enter the working directory"));
}

TEST_F(AttemptsOfTheProgram, AttemptsAndStartsSurviveACrash) {
    const std::string file = scratch.write("jobs.toml", R"toml([jobs.flaky]
schedule = "@reboot"
shell = "echo try $QUANTUM_ATTEMPT; if [ $QUANTUM_ATTEMPT = 1 ]; then exit 7; fi; sleep 60"
retries = 2
backoff = "100ms"
)toml");
    {
        Program program(run_file(file));
        ASSERT_TRUE(program.wait_for("line=\"try 2\"")) << program.err();
        program.signal(SIGKILL);
        program.wait();
    }
    Program program(run_file(file));
    ASSERT_TRUE(program.wait_for("outcome=lost")) << program.err();
    program.signal(SIGTERM);
    program.wait();

    const auto attempts = ledger()->attempts(entries()[0].id);
    ASSERT_EQ(attempts->size(), 2U);
    EXPECT_EQ(attempts->at(0).outcome->exit_code, 7);
    EXPECT_TRUE(attempts->at(0).started_at);
    EXPECT_EQ(attempts->at(1).outcome->kind, OutcomeKind::lost);
    EXPECT_TRUE(attempts->at(1).started_at) << "its spool told when it began";
    EXPECT_EQ(ask({"logs", "flaky", "--attempt", "1"}).out, "try 1\n");
    EXPECT_EQ(ask({"logs", "flaky", "--attempt", "2"}).out, "try 2\n");
    EXPECT_EQ(ask({"verify"}).exit_code, 0) << ask({"verify"}).out;
}

/// Of a line of the log: the value behind `key=`.
std::string value_of(const std::string& line, const std::string& key) {
    const std::size_t at = line.find(' ' + key + '=');
    if (at == std::string::npos) return {};
    const std::size_t begin = at + key.size() + 2;
    return line.substr(begin, line.find(' ', begin) - begin);
}

void print_distances(std::vector<std::int64_t> micros) {
    std::sort(micros.begin(), micros.end());
    std::printf("first instruction after the start on record: p50 %ld us, p95 %ld us, max %ld us\n",
                static_cast<long>(micros[micros.size() / 2]),
                static_cast<long>(micros[micros.size() * 95 / 100]),
                static_cast<long>(micros.back()));
}

// The figures are printed; that they are small is for whoever reads them.
TEST_F(AttemptsOfTheProgram, TheStartOnRecordIsTheWitnesss) {
    const int jobs = is_long() ? 600 : 100;
    std::string text;
    for (int job = 0; job < jobs; ++job) {
        text +=
            "# name: w" + std::to_string(job) + "\n@every 2s " + binary("witness_program") + "\n";
    }
    crontab(text);
    std::string log;
    {
        Program program(run());
        const auto ends = [&] {
            const std::string err = program.err();
            std::size_t count = 0;
            for (std::size_t at = err.find("outcome="); at != std::string::npos;
                 at = err.find("outcome=", at + 1)) {
                ++count;
            }
            return count;
        };
        while (ends() < static_cast<std::size_t>(jobs)) ASSERT_TRUE(program.wait_for_more());
        program.signal(SIGTERM);
        log = program.wait().err;
    }

    std::map<std::string, std::string> lateness;  // of the log, by execution
    for (const std::string& line : lines_of(log)) {
        if (line.find("\"execution started\"") == std::string::npos) continue;
        lateness[value_of(line, "execution")] = value_of(line, "lateness");
    }
    std::vector<std::int64_t> distances;
    for (const Entry& entry : entries()) {
        if (entry.state != EntryState::succeeded) continue;
        ASSERT_TRUE(entry.started_at);
        const auto output = ledger()->output(entry.id);
        ASSERT_TRUE(output) << output.error().message;
        const std::int64_t said = std::stoll(output->head);
        const std::int64_t stored = entry.started_at->time_since_epoch().count();
        distances.push_back(said - stored);
        EXPECT_GE(said, stored - 1000) << "it began before the start on record";
        EXPECT_LE(said, entry.ended_at->time_since_epoch().count() + 1000);
        EXPECT_EQ(lateness[entry.id.text()], daemon::human(*entry.lateness()))
            << "log and ledger differ";
    }
    ASSERT_GE(distances.size(), static_cast<std::size_t>(jobs));
    print_distances(distances);
}

}  // namespace
}  // namespace quantum::test
