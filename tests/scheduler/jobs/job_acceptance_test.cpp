// JobAcceptance over a table that has few indexes: one job too many is refused.
#include "scheduler/jobs/job_acceptance.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/builders.hpp"

namespace quantum::scheduler {
namespace {

using test::job_named;
using test::noon;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JobAcceptanceCapacity : public testing::Test {
protected:
    static AddJobs adding(const std::vector<std::string>& names) {
        AddJobs request;
        for (const std::string& name : names) {
            request.jobs.push_back(job_named(name.empty() ? "none" : name));
            if (name.empty()) request.jobs.back() = unnamed();
        }
        return request;
    }
    static Job unnamed() {
        Job job;
        EXPECT_TRUE(job.set_schedule("0 1 * * *"));
        EXPECT_TRUE(job.set_task(HandlerCall{"unnamed", {}}));
        return job;
    }

    /// The error, or nothing; the change is stored or undone as JobBroadcaster does it.
    std::string apply(AddJobs request) {
        change_ = {};
        change_.instant = noon;
        change_.batch = std::make_shared<Batch>();
        std::string error;
        auto slot = std::make_shared<detail::TypedCallSlot<AddJobs::Reply>>();
        slot->then = [&](const Result<AddJobs::Reply>& reply) {
            if (!reply) error = reply.error().message;
        };
        Asked<AddJobs> asked{
            std::move(request),
            From<AddJobs::Reply>(std::make_shared<detail::ReplyPort>(slot, nullptr))};
        acceptance_.apply(change_, asked);
        table_.keep();
        for (const TableChange::Answer& answer : change_.answers) answer(Status{});
        return error;
    }

    std::vector<std::string> logged_;
    TelemetryHub hub_{"test", "here",
                      [this](LogLevel, std::string_view, std::span<const LogField> fields) {
                          for (const LogField& field : fields) logged_.emplace_back(field.value);
                      }};
    JobTable table_{4};
    JobAcceptance acceptance_{table_, hub_, {}};
    TableChange change_;
};

TEST_F(JobAcceptanceCapacity, OneJobTooManyIsRefusedWithTheWholeRequest) {
    EXPECT_EQ(apply(adding({"a", "b"})), "");
    EXPECT_THAT(apply(adding({"c", "d"})), HasSubstr("a scheduler holds at most 3, and has 2"));
    EXPECT_FALSE(table_.find("c"));
    EXPECT_THAT(change_.events, IsEmpty());
    EXPECT_THAT(change_.batch->jobs, IsEmpty());
    EXPECT_THAT(apply(adding({"", ""})), HasSubstr("too many jobs"));
    EXPECT_EQ(apply(adding({"c"})), "");
    EXPECT_THAT(apply(adding({""})), HasSubstr("too many jobs"));
}

TEST_F(JobAcceptanceCapacity, DefinitionsOfKnownNamesNeedNoRoom) {
    EXPECT_EQ(apply(adding({"a", "b", "c"})), "");
    EXPECT_EQ(apply(adding({"a", "b", "c", "a"})), "");
    EXPECT_EQ(table_.size(), 3u);
}

TEST_F(JobAcceptanceCapacity, ANameThatStandsTwiceCountsOnce) {
    EXPECT_EQ(apply(adding({"a", "a", "b", "b", "c"})), "");
    EXPECT_EQ(table_.size(), 3u);
}

TEST_F(JobAcceptanceCapacity, WhereEachStandsAloneTheOthersAreTaken) {
    AddJobs request = adding({"a", "b", "c", "d", "a"});
    request.each_alone = true;
    EXPECT_EQ(apply(std::move(request)), "");
    EXPECT_EQ(table_.size(), 3u);
    EXPECT_FALSE(table_.find("d"));
    EXPECT_THAT(logged_, ElementsAre(HasSubstr("too many jobs")));
    EXPECT_THAT(change_.batch->jobs, SizeIs(3));  // the second "a" is the first one again
}

}  // namespace
}  // namespace quantum::scheduler
