#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/process/child_runner.hpp"
#include "run/run_fixture.hpp"

namespace quantum::run {

using Lines = std::vector<std::string>;

struct ProcessRunnerTest : LoopTest {
    std::optional<ChildRunner> runner;

    ProcessRunnerTest() { make_runner({}); }
    void make_runner(ChildRunnerOptions options) {
        runner.reset();
        options.node = "here";
        runner.emplace(loop, *clock, std::move(options));
    }

    RunRecord run(const Command& command) {
        const Execution execution = execution_of(command);
        runner->start({&execution, 1}, recorder);
        EXPECT_TRUE(run_until_finished(1));
        const RunRecord record = recorder.of(execution);
        EXPECT_EQ(record.finished, 1);
        EXPECT_FALSE(record.out_of_order);
        EXPECT_FALSE(has_children());
        return record;
    }
};

inline bool is_alive(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    const auto name_end = text.rfind(')');
    return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

}  // namespace quantum::run
