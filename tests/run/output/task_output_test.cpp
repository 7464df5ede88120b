// What becomes of the bytes that a task of this process writes: lines for the observer, and both
// ends for the ledger where output is kept.
#include "quantum/runner/task_output.hpp"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "quantum/keep_output.hpp"

#include "run/output/output_capture.hpp"
#include "run/run_fixture.hpp"

namespace quantum::run {
namespace {

using testing::ElementsAre;

constexpr auto to_output = OutputChannel::standard_output;
constexpr auto to_error = OutputChannel::standard_error;

struct TaskOutputTest : testing::Test {
    RunRecorder recorder;
    const Execution execution = execution_of(Function([] {}));

    std::unique_ptr<TaskOutput> open(const OutputSetting& setting) {
        return setting.open(execution, recorder);
    }
    RunRecord told() { return recorder.of(execution); }
};

TEST_F(TaskOutputTest, IsToldLineByLineHoweverItIsWritten) {
    for (const OutputSetting& setting : {OutputSetting(), OutputSetting(KeepOutput{})}) {
        const auto output = open(setting);
        output->write(to_output, "a line\nhalf of");
        output->write(to_error, "an error\n");
        output->write(to_output, " another\nand a rest");
        const auto kept = output->finish();
        EXPECT_EQ(kept != nullptr, static_cast<bool>(setting));
    }
    EXPECT_THAT(told().output, ElementsAre("a line", "half of another", "and a rest",  //
                                           "a line", "half of another", "and a rest"));
    EXPECT_THAT(told().errors, ElementsAre("an error", "an error"));
}

TEST_F(TaskOutputTest, IsKeptAsItCame) {
    const auto output = open(KeepOutput{});
    const std::string bytes("one\n\0\xFF\n", 7);
    output->write(to_output, bytes);
    output->write(to_error, "no newline at the end");
    const auto kept = output->finish();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->head, bytes + "no newline at the end");
    EXPECT_EQ(kept->tail, "");
    EXPECT_EQ(kept->bytes, kept->head.size());
}

TEST_F(TaskOutputTest, ItsTwoEndsAreKept) {
    constexpr std::size_t most = OutputCapture::head_limit + OutputCapture::tail_limit;
    const auto output = open(KeepOutput{});
    std::string all;
    for (int line = 0; all.size() < 2 * most; ++line) all += std::to_string(line) + '\n';
    output->write(to_output, all);
    const auto kept = output->finish();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->bytes, all.size());
    EXPECT_EQ(kept->head, all.substr(0, OutputCapture::head_limit));
    EXPECT_EQ(kept->tail, all.substr(all.size() - OutputCapture::tail_limit));
}

TEST_F(TaskOutputTest, NothingWrittenIsNothingKept) {
    EXPECT_EQ(open(KeepOutput{})->finish(), nullptr);
    EXPECT_EQ(open(KeepOutput{})->so_far(), nullptr);
}

TEST_F(TaskOutputTest, WhatMustNotBeShownIsMaskedWhereverItGoes) {
    const auto output = open(KeepOutput{.masked = {"hunter2", ""}});
    output->write(to_output, "password: hun");
    output->write(to_output, "ter2\n");
    output->write(to_error, "hunter2");
    const auto kept = output->finish();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->head, "password: ***\n***");
    EXPECT_THAT(told().output, ElementsAre("password: ***"));
    EXPECT_THAT(told().errors, ElementsAre("***"));
}

TEST_F(TaskOutputTest, WhatIsThereSoFarIsSeenWhileAListenerIsBusy) {
    const auto output = open(KeepOutput{});
    std::promise<void> listening;
    std::promise<void> released;
    recorder.on_output([&](const Execution&, std::string_view) {
        listening.set_value();
        released.get_future().wait();
    });
    std::thread task([&] { output->write(to_output, "half of it\nand"); });
    listening.get_future().wait();
    const auto so_far = output->so_far();
    released.set_value();
    task.join();
    recorder.on_output(nullptr);
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->head, "half of it\nand");
    EXPECT_EQ(output->finish()->head, "half of it\nand") << "it was a copy";
}

TEST_F(TaskOutputTest, ItsSettingIsACopyOfWhatWasSet) {
    OutputSetting setting;
    EXPECT_FALSE(setting);
    setting = KeepOutput{.masked = {"one"}, .spool_directory = "/var/lib/app/spool"};
    const OutputSetting copy = setting;
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->spool_directory, "/var/lib/app/spool");
    EXPECT_THAT((*copy).masked, ElementsAre("one"));
}

}  // namespace
}  // namespace quantum::run
