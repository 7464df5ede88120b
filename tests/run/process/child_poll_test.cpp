#include "run/process/child_poll.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace quantum::run {
namespace {

struct Nobody final : PollHandler {
    void ready(PollSource /*source*/, bool /*at_end*/) override {}
};

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) == 0) {
            read.reset(ends[0]);
            write.reset(ends[1]);
        }
    }
    void say(std::string_view text) const {
        ASSERT_EQ(::write(write.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }

    base::FileDescriptor read;
    base::FileDescriptor write;
};

struct ChildPollTest : testing::Test {
    ChildPoll poll;
    Pipe pipe;
    std::shared_ptr<PollHandler> who = std::make_shared<Nobody>();

    std::vector<ChildPoll::Event> take() {
        std::vector<ChildPoll::Event> events;
        poll.take(events);
        return events;
    }
};

TEST_F(ChildPollTest, TellsWhoseDescriptorIsReadyAndWhichItIs) {
    const auto key = poll.enter(who);
    ASSERT_TRUE(poll.watch(key, PollSource::standard_error, pipe.read.get()));
    EXPECT_TRUE(take().empty());

    pipe.say("x");
    const auto events = take();

    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].who, who);
    EXPECT_EQ(events[0].source, PollSource::standard_error);
    EXPECT_FALSE(events[0].at_end);
}

TEST_F(ChildPollTest, TellsOfTheEndAlsoWhileSomethingIsLeftToRead) {
    ASSERT_TRUE(poll.watch(poll.enter(who), PollSource::standard_output, pipe.read.get()));
    pipe.say("x");
    pipe.write.reset();

    const auto events = take();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(events[0].at_end);
}

TEST_F(ChildPollTest, IsSilentAboutWhatIsForgottenThoughACopyIsOpen) {
    const base::FileDescriptor copy(fcntl(pipe.read.get(), F_DUPFD_CLOEXEC, 3));
    ASSERT_TRUE(poll.watch(poll.enter(who), PollSource::standard_output, pipe.read.get()));
    pipe.say("x");
    poll.forget(pipe.read.get());
    pipe.read.reset();
    EXPECT_TRUE(take().empty());
}

TEST_F(ChildPollTest, DoesNotTakeTheNextInAPlaceForTheLast) {
    const auto key = poll.enter(who);
    ASSERT_TRUE(poll.watch(key, PollSource::standard_output, pipe.read.get()));
    pipe.say("x");
    poll.leave(key);
    EXPECT_TRUE(take().empty());

    EXPECT_NE(poll.enter(std::make_shared<Nobody>()), key);
    EXPECT_TRUE(take().empty());
}

TEST_F(ChildPollTest, LetsGoOfWhoLeaves) {
    const auto key = poll.enter(who);
    EXPECT_EQ(who.use_count(), 2);
    poll.leave(key);
    EXPECT_EQ(who.use_count(), 1);
}

TEST_F(ChildPollTest, HandsOutNoMoreThanATurnHasTimeFor) {
    const auto key = poll.enter(who);
    std::vector<Pipe> pipes(ChildPoll::most_events + 1);
    for (const Pipe& one : pipes) {
        one.say("x");
        ASSERT_TRUE(poll.watch(key, PollSource::standard_output, one.read.get()));
    }
    EXPECT_EQ(take().size(), ChildPoll::most_events);
}

}  // namespace
}  // namespace quantum::run
