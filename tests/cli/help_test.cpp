// Help texts show examples, and the examples do what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/quantum_program.hpp"
#include "support/paths.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;

/// The lines below "Examples:".
std::vector<std::string> examples_of(const std::string& help) {
    std::vector<std::string> lines;
    const std::string title = "Examples:\n";
    std::size_t begin = help.find(title);
    if (begin == std::string::npos) {
        return lines;
    }
    begin += title.size();
    while (help.compare(begin, 2, "  ") == 0) {
        const std::size_t end = help.find('\n', begin);
        lines.push_back(help.substr(begin + 2, end - begin - 2));
        begin = end + 1;
    }
    return lines;
}

/// Some commands look at what a scheduler left behind.
void make_state(const std::string& directory) {
    auto storage = SqliteStorage::open(directory);
    ASSERT_TRUE(storage) << storage.error().message;
    Job load;
    ASSERT_TRUE(load.set_name("load"));
    ASSERT_TRUE(load.set_schedule("0 0 1 1 *"));
    ASSERT_TRUE(load.set_task(HandlerCall{"load", "{}"}));
    Batch batch{.id = 1};
    batch.jobs.push_back(
        {JobChangeKind::added, "load", {JobRef(load), 1, WallTime(Duration(1)), {}, {}}});
    ASSERT_EQ((*storage)->commit(batch).status, CommitStatus::done);
}

struct HelpTest : testing::TestWithParam<std::vector<std::string>> {};

TEST_P(HelpTest, ShowsExamplesThatRun) {
    std::vector<std::string> arguments = GetParam();
    arguments.emplace_back("--help");
    const Ended help = quantum(arguments);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.err, "");

    const std::vector<std::string> examples = examples_of(help.out);

    ASSERT_FALSE(examples.empty()) << help.out;
    for (const std::string& example : examples) {
        SCOPED_TRACE(example);
        const bool runs_on = example.find("quantum run") != std::string::npos;
        // Where the shell would stay between us and a program that runs on, it makes way.
        const ScratchDirectory scratch;
        // And a plan begins with nothing: in that ledger a name of the example is somebody else's.
        const bool is_plan = example.find("quantum plan") != std::string::npos;
        if (!runs_on && !is_plan) make_state(scratch.path("state"));
        Program program({"/bin/sh", "-c", (runs_on ? "exec " : "") + example}, QUANTUM_SOURCE_DIR,
                        {"PATH=" + test::binaries() + ":/usr/bin:/bin",
                         "QUANTUM_STATE=" + scratch.path("state")});
        if (runs_on) {
            EXPECT_TRUE(program.wait_for("hello from your first job")) << program.err();
            program.signal(SIGTERM);
        }
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
    }
}

TEST_P(HelpTest, LinesFitATerminal) {
    std::vector<std::string> arguments = GetParam();
    arguments.emplace_back("--help");
    const std::string help = quantum(arguments).out;

    for (std::size_t begin = 0; begin < help.size();) {
        const std::size_t end = help.find('\n', begin);
        EXPECT_LE(end - begin, 110u) << help.substr(begin, end - begin);
        begin = end + 1;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, HelpTest,
    testing::Values(std::vector<std::string>{}, std::vector<std::string>{"run"},
                    std::vector<std::string>{"check"}, std::vector<std::string>{"next"},
                    std::vector<std::string>{"explain"}, std::vector<std::string>{"simulate"},
                    std::vector<std::string>{"history"}, std::vector<std::string>{"verify"},
                    std::vector<std::string>{"why"}, std::vector<std::string>{"plan"},
                    std::vector<std::string>{"backup"}, std::vector<std::string>{"status"},
                    std::vector<std::string>{"crontab"}, std::vector<std::string>{"version"}),
    [](const auto& row) { return row.param.empty() ? std::string("program") : row.param.front(); });

}  // namespace
}  // namespace quantum::test
