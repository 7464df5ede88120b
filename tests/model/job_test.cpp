// Job: what it checks, and what its copies share.
#include "quantum/job.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/task.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

Job some_job() {
    Job job;
    EXPECT_TRUE(job.set_name("first"));
    EXPECT_TRUE(job.set_schedule("* * * * *"));
    EXPECT_TRUE(job.set_task(HandlerCall{"first", {}}));
    return job;
}

struct NameRow {
    std::string name;
    bool good;
};

TEST(Job, ChecksItsName) {
    for (const NameRow& row : std::vector<NameRow>{{"report", true},
                                                   {"Zürich täglich", true},
                                                   {std::string(256, 'a'), true},
                                                   {"a/b", true},
                                                   {"", false},
                                                   {"/a", false},
                                                   {std::string(257, 'a'), false},
                                                   {"a\nb", false},
                                                   {"a\x7f", false},
                                                   {"a\xc2\x85", false},
                                                   {"\xff", false},
                                                   {"\xc0\xaf", false},
                                                   {"\xed\xa0\x80", false},
                                                   {"\xe2\x82", false}}) {
        Job job;
        EXPECT_EQ(job.set_name(row.name).has_value(), row.good) << row.name;
    }
}

TEST(Job, ChecksItsTaskAndItsNumbers) {
    Job job;
    EXPECT_FALSE(job.set_task(Task{}));
    EXPECT_FALSE(job.set_task(Function{}));
    EXPECT_FALSE(job.set_task(ExecutionFunction{}));
    EXPECT_FALSE(job.set_task(HandlerCall{}));
    EXPECT_FALSE(job.set_task(Command{}));
    EXPECT_TRUE(job.set_task(Function([] {})));
    EXPECT_FALSE(job.set_grace(-1us));
    EXPECT_TRUE(job.set_grace(0us));
    EXPECT_FALSE(job.set_misfire_cap(0));
    EXPECT_FALSE(job.set_queue_limit(0));
    EXPECT_FALSE(job.set_schedule("61 * * * *"));
}

TEST(Job, CopiesKeepTheirOwnPolicy) {
    Job first = some_job();
    first.set_overlap(Overlap::queue);
    Job second = first;
    second.set_overlap(Overlap::allow).set_misfire(Misfire::all);
    ASSERT_TRUE(second.set_queue_limit(7));
    EXPECT_EQ(first.overlap(), Overlap::queue);
    EXPECT_EQ(first.misfire(), Misfire::one);
    EXPECT_EQ(first.queue_limit(), 1u);
    EXPECT_EQ(second.overlap(), Overlap::allow);
    EXPECT_EQ(second.queue_limit(), 7u);
    second.set_overlap(Overlap::queue).set_misfire(Misfire::one);
    ASSERT_TRUE(second.set_queue_limit(1));
    EXPECT_EQ(first.policies(), second.policies());
}

TEST(Job, CopiesShareTheirCommand) {
    Command command;
    command.argv = {"/bin/true"};
    Job job;
    ASSERT_TRUE(job.set_task(command));
    const Job copy = job;
    EXPECT_EQ(command_of(copy.task()), command_of(job.task()));
    EXPECT_EQ(command_of(copy.task())->argv.front(), "/bin/true");
    EXPECT_EQ(handler_of(copy.task()), nullptr);
}

// A million of them are held at once.
TEST(Job, IsSmall) { EXPECT_LE(sizeof(Job), 112u); }

}  // namespace
}  // namespace quantum::test
