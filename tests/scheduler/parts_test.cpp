// The parts of the scheduler one by one: timeline, policies, open entries, ids, jobs.
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/quantum.hpp"

#include "base/pages.hpp"
#include "scheduler/entries/open_entries.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/executions/due_cache.hpp"
#include "scheduler/executions/execution_ids.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/timeline.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

WallTime minute(int number) { return WallTime{std::chrono::minutes(number)}; }

TEST(Timeline, GivesInstantsInOrderAndTheJobsOfOneInTheOrderTheyCame) {
    Timeline timeline;
    timeline.insert(minute(5), 7);
    timeline.insert(minute(3), 1);
    timeline.insert(minute(5), 2);
    timeline.insert(minute(4), 9);
    EXPECT_EQ(timeline.head(), minute(3));
    std::vector<std::uint32_t> jobs;
    while (timeline.head()) timeline.take_head(10, jobs);
    EXPECT_THAT(jobs, ElementsAre(1, 9, 7, 2));
    EXPECT_TRUE(timeline.empty());
}

TEST(Timeline, TakesAnInstantInSlices) {
    Timeline timeline;
    for (std::uint32_t job = 0; job < 10; ++job) timeline.insert(minute(1), job);
    std::vector<std::uint32_t> jobs;
    timeline.take_head(4, jobs);
    EXPECT_THAT(jobs, ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(timeline.head(), minute(1));
    EXPECT_TRUE(timeline.remove(4));
    jobs.clear();
    timeline.take_head(100, jobs);
    EXPECT_THAT(jobs, ElementsAre(5, 6, 7, 8, 9));
    EXPECT_EQ(timeline.head(), std::nullopt);
}

TEST(Timeline, AgreesWithASimpleModel) {
    Timeline timeline;
    std::map<WallTime, std::vector<std::uint32_t>> model;
    std::map<std::uint32_t, WallTime> where;
    std::mt19937 draw(11);
    for (int i = 0; i < 200'000; ++i) {
        const auto job = static_cast<std::uint32_t>(draw() % 500);
        const auto known = where.find(job);
        if (draw() % 10 == 0 && !model.empty()) {
            std::vector<std::uint32_t> jobs;
            timeline.take_head(1 + draw() % 4, jobs);
            auto& head = model.begin()->second;
            ASSERT_THAT(jobs, Not(IsEmpty()));
            ASSERT_LE(jobs.size(), head.size());
            const auto taken = head.begin() + static_cast<std::ptrdiff_t>(jobs.size());
            ASSERT_EQ(jobs, std::vector(head.begin(), taken));
            head.erase(head.begin(), taken);
            for (const std::uint32_t gone : jobs) where.erase(gone);
            if (head.empty()) model.erase(model.begin());
        } else if (known != where.end()) {
            ASSERT_EQ(timeline.due_of(job), known->second);
            ASSERT_TRUE(timeline.remove(job));
            auto& jobs = model[known->second];
            std::erase(jobs, job);
            if (jobs.empty()) model.erase(known->second);
            where.erase(known);
        } else {
            ASSERT_FALSE(timeline.remove(job));
            const WallTime due = minute(static_cast<int>(draw() % 200));
            timeline.insert(due, job);
            model[due].push_back(job);
            where[job] = due;
        }
        ASSERT_EQ(timeline.size(), where.size());
        ASSERT_EQ(timeline.instants(), model.size());
        ASSERT_EQ(timeline.head(),
                  model.empty() ? std::optional<WallTime>{} : std::optional(model.begin()->first));
    }
}

// What docs/design/0005 says that a million jobs cost is made of these.
TEST(Sizes, StayWhatAMillionJobsCanAfford) {
    EXPECT_LE(sizeof(Job), 112u);
    EXPECT_LE(sizeof(JobRow), 24u);
    EXPECT_LE(sizeof(JobRecord), 32u);
}

TEST(Pages, GrowWithoutMovingWhatTheyHold) {
    Pages<int> pages;
    EXPECT_TRUE(pages.empty());
    pages.push_back(7);
    const int* const first = &pages[0];
    for (int i = 1; i < 10'000; ++i) pages.push_back(i);
    EXPECT_EQ(&pages[0], first);
    EXPECT_EQ(pages[0], 7);
    for (int i = 1; i < 10'000; ++i) ASSERT_EQ(pages[static_cast<std::size_t>(i)], i);
    pages.pop_back();
    EXPECT_EQ(pages.back(), 9'998);
    pages.grow_to(20'000);
    EXPECT_EQ(pages.size(), 20'000u);
    EXPECT_EQ(pages[19'999], 0);
}

struct GraceRow {
    Duration distance;
    Duration grace;
};

TEST(Policies, DefaultGraceIsHalfTheDistanceWithinBounds) {
    for (const GraceRow& row :
         {GraceRow{1s, 1min}, GraceRow{1min, 1min}, GraceRow{10min, 5min}, GraceRow{1h, 30min},
          GraceRow{2h, 1h}, GraceRow{6h, 1h}, GraceRow{24h - 1us, 1h}, GraceRow{24h, 12h},
          GraceRow{24h * 7, 12h}}) {
        EXPECT_EQ(default_grace(minute(0), minute(0) + row.distance), row.grace)
            << row.distance.count();
    }
    EXPECT_EQ(default_grace(minute(0), std::nullopt), 12h);
}

struct AdmitRow {
    Overlap overlap;
    OpenRuns runs;
    Admission admission;
};

TEST(Policies, AdmissionFollowsTheOpenRuns) {
    for (const AdmitRow& row : {AdmitRow{Overlap::allow, {3, 0}, Admission::go},
                                AdmitRow{Overlap::skip, {0, 0}, Admission::go},
                                AdmitRow{Overlap::skip, {1, 0}, Admission::skip},
                                AdmitRow{Overlap::queue, {1, 0}, Admission::wait},
                                AdmitRow{Overlap::queue, {2, 1}, Admission::wait},
                                AdmitRow{Overlap::queue, {3, 2}, Admission::skip},
                                AdmitRow{Overlap::replace, {0, 0}, Admission::go},
                                AdmitRow{Overlap::replace, {1, 0}, Admission::replace}}) {
        EXPECT_EQ(admit(row.overlap, 2, row.runs), row.admission);
    }
}

TEST(Policies, AStepIsClassedByItsSize) {
    EXPECT_EQ(classify_step(2s), StepKind::none);
    EXPECT_EQ(classify_step(-2s), StepKind::none);
    EXPECT_EQ(classify_step(2s + 1us), StepKind::forward);
    EXPECT_EQ(classify_step(3h), StepKind::forward);
    EXPECT_EQ(classify_step(3h + 1us), StepKind::correction);
    EXPECT_EQ(classify_step(-2s - 1us), StepKind::backward);
    EXPECT_EQ(classify_step(-3h), StepKind::backward);
    EXPECT_EQ(classify_step(-3h - 1us), StepKind::rewind);
}

TEST(DueCache, AnswersAsTheScheduleDoes) {
    DueCache cache;
    const auto parsed = [](const char* text, const char* zone) {
        return *parse_schedule(text, {.zone = zone});
    };
    const Schedule every = parsed("@every 10m", "UTC");
    const std::vector<Schedule> schedules{
        parsed("*/5 * * * *", "UTC"),         parsed("*/5 * * * *", "Europe/Zurich"),
        parsed("0 3 * * *", "Europe/Zurich"), every,
        every.anchored_at(minute(3)),         parsed("@reboot", "UTC")};
    for (int round = 0; round < 2; ++round) {
        for (int after = 0; after < 30; ++after) {
            for (const Schedule& schedule : schedules) {
                EXPECT_EQ(cache.next(schedule, minute(after)), schedule.next(minute(after)))
                    << schedule.text() << " after minute " << after;
            }
        }
    }
}

TEST(ExecutionIds, RiseStrictlyAlsoWhenTheClockGoesBack) {
    ExecutionIds ids(1);
    ExecutionId last;
    for (int i = 0; i < 20'000; ++i) {
        const ExecutionId id =
            ids.next(WallTime{std::chrono::seconds(1'700'000'000)} - std::chrono::milliseconds(i));
        ASSERT_LT(last, id);
        ASSERT_EQ(id.bytes[6] >> 4U, 7);
        ASSERT_EQ(id.bytes[8] >> 6U, 2);
        last = id;
    }
    EXPECT_EQ(ExecutionIds(5).next(minute(1)), ExecutionIds(5).next(minute(1)));
    EXPECT_NE(ExecutionIds(5).next(minute(1)), ExecutionIds(6).next(minute(1)));
}

/// The bits of an id that are drawn.
std::uint64_t drawn(const ExecutionId& id) {
    std::uint64_t bits = 0;
    for (std::size_t at = 8; at < 16; ++at) bits = (bits << 8U) | id.bytes[at];
    return bits & 0x3FFF'FFFF'FFFF'FFFFU;
}

/// What a generator gives next that has given this, run backwards and on: the two bits that the id
/// does not show are tried. That is how ids were once foreseen.
std::vector<std::uint64_t> foreseen(const ExecutionId& id) {
    const auto unshifted = [](std::uint64_t value, unsigned by) {
        std::uint64_t whole = value;
        for (unsigned bits = by; bits < 64; bits += by) whole = value ^ (whole >> by);
        return whole;
    };
    std::vector<std::uint64_t> next;
    for (std::uint64_t top = 0; top < 4; ++top) {
        std::uint64_t state = unshifted(drawn(id) | (top << 62U), 31);
        state = unshifted(state * 0x319642B2D24D8EC3U, 27);
        state = unshifted(state * 0x96DE1B173F119089U, 30);
        std::uint64_t z = state + 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        next.push_back((z ^ (z >> 31U)) & 0x3FFF'FFFF'FFFF'FFFFU);
    }
    return next;
}

TEST(ExecutionIds, TheNextCannotBeForeseenWithoutASeed) {
    ExecutionIds seeded(7);
    const ExecutionId first = seeded.next(minute(1));
    const auto next = foreseen(first);
    // It would be, of the generator that simulations have.
    ASSERT_NE(std::find(next.begin(), next.end(), drawn(seeded.next(minute(1)))), next.end());

    ExecutionIds ids(std::nullopt);
    std::set<std::uint64_t> seen;
    for (ExecutionId id = ids.next(minute(1)); seen.size() < 5'000;) {
        ASSERT_TRUE(seen.insert(drawn(id)).second);
        const auto guesses = foreseen(id);
        id = ids.next(minute(1));
        ASSERT_EQ(std::find(guesses.begin(), guesses.end(), drawn(id)), guesses.end());
    }
    EXPECT_NE(drawn(ExecutionIds(std::nullopt).next(minute(1))),
              drawn(ExecutionIds(std::nullopt).next(minute(1))));
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
    Job first = World::job("first", "* * * * *");
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

JobRef named(const std::string& name) { return JobRef(World::job(name, "* * * * *")); }

TEST(JobTable, UndoesWhatCouldNotBeStored) {
    JobTable table;
    const std::uint32_t place = table.put(named("kept"), minute(1));
    table.keep();
    table.put(named("kept"), minute(2));
    table.put(named("new"), minute(2));
    table.remove(place, minute(3));
    EXPECT_EQ(table.size(), 1u);
    table.undo();
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.row(*table.find("kept")).since, minute(1));
    EXPECT_EQ(table.row(*table.find("kept")).revision, 1u);
    EXPECT_FALSE(table.find("new"));
}

TEST(JobTable, ANameKeepsItsPlaceUntilItIsReleased) {
    JobTable table;
    const std::uint32_t place = table.put(named("a"), minute(1));
    const JobHandle handle = table.handle_of(place);
    table.remove(place, minute(2));
    EXPECT_FALSE(table.find("a"));
    EXPECT_EQ(table.put(named("a"), minute(3)), place);
    table.release(handle);  // it came back: not deleted
    EXPECT_TRUE(table.find("a"));
    table.remove(place, minute(4));
    table.keep();
    table.release(handle);
    EXPECT_EQ(table.put(named("b"), minute(5)), place);
    EXPECT_NE(table.handle_of(place), handle);
}

OpenEntry open_entry(std::uint32_t place, int due, Phase phase) {
    OpenEntry entry;
    entry.job = named("job");
    entry.handle = make_handle(place, 0);
    entry.due = minute(due);
    entry.phase = phase;
    return entry;
}

TEST(OpenEntries, GivesPlacesToTheOldestDueTimeFirst) {
    scheduler::OpenEntries open_entries(1);
    const EntryHandle running = open_entries.add(open_entry(1, 1, Phase::running));
    const EntryHandle late = open_entries.add(open_entry(2, 9, Phase::waiting_for_slot));
    const EntryHandle early = open_entries.add(open_entry(3, 5, Phase::waiting_for_slot));
    EXPECT_FALSE(open_entries.may_start_at_once());
    EXPECT_EQ(open_entries.first_waiting(), std::nullopt);
    open_entries.set_phase(running, Phase::ending);
    EXPECT_EQ(open_entries.first_waiting(), early);
    open_entries.remove(early);
    EXPECT_EQ(open_entries.first_waiting(), late);
    EXPECT_EQ(open_entries.running(), 0u);
    EXPECT_FALSE(open_entries.may_start_at_once());
}

TEST(OpenEntries, ATicketOfAnEntryThatIsGoneFindsNothing) {
    scheduler::OpenEntries open_entries(0);
    const EntryHandle first = open_entries.add(open_entry(1, 1, Phase::running));
    open_entries.remove(first);
    const EntryHandle second = open_entries.add(open_entry(1, 2, Phase::running));
    EXPECT_EQ(open_entries.find(first), nullptr);
    EXPECT_NE(open_entries.find(second), nullptr);
    EXPECT_EQ(open_entries.runs_of(1).open, 1u);
}

TEST(OpenEntries, ATurnIsHeldUpByOlderRunsOnly) {
    scheduler::OpenEntries open_entries(0);
    const EntryHandle oldest = open_entries.add(open_entry(1, 1, Phase::running));
    const EntryHandle waits = open_entries.add(open_entry(1, 2, Phase::queued));
    open_entries.add(open_entry(1, 3, Phase::running));
    EXPECT_EQ(open_entries.whose_turn(1), std::nullopt);
    open_entries.set_phase(oldest, Phase::ending);
    EXPECT_EQ(open_entries.whose_turn(1), waits);
}

}  // namespace
}  // namespace quantum::test
