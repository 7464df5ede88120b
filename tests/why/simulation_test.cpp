// Whole days of fifty jobs under every kind of fault, over the real SQLite: `why` is asked about
// every kind of row that they leave and about random instants, and agrees with the checker and its
// own engine. QUANTUM_WHY_SEEDS=20 runs so many days.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"
#include "quantum/testing.hpp"
#include "quantum/verify.hpp"

#include "simulation/busy_day.hpp"
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/placed.hpp"
#include "support/scratch_directory.hpp"
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;

std::uint64_t days_to_simulate() {
    const char* wanted = std::getenv("QUANTUM_WHY_SEEDS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 4;
}

/// What an entry of the ledger has to be explained with.
std::set<Code> codes_of(const Entry& entry) {
    switch (entry.state) {
        case EntryState::claimed:
            return {Code::claimed};
        case EntryState::started:
            return {Code::running, Code::stuck};
        case EntryState::succeeded:
            return {Code::ran, Code::ran_late};
        case EntryState::failed:
            return {Code::failed, Code::not_started};
        case EntryState::timed_out:
            return {Code::timed_out};
        case EntryState::killed:
            return {Code::killed, Code::not_started};
        case EntryState::lost:
            return {Code::lost};
        case EntryState::coalesced:
            return {Code::coalesced};
        case EntryState::skipped:
            break;
    }
    const std::map<SkipReason, Code> reasons{{SkipReason::overlap, Code::skipped_overlap},
                                             {SkipReason::misfire, Code::skipped_misfire},
                                             {SkipReason::paused, Code::skipped_paused},
                                             {SkipReason::dst_gap, Code::skipped_dst_gap},
                                             {SkipReason::node_down, Code::skipped_node_down},
                                             {SkipReason::concurrency, Code::skipped_concurrency},
                                             {SkipReason::excluded, Code::skipped_excluded},
                                             {SkipReason::superseded, Code::skipped_superseded},
                                             {SkipReason::unbound, Code::skipped_unbound}};
    return {reasons.at(entry.reason)};
}

bool is_not_due(Code code) {
    return to_string(code).starts_with("not_due.") || code == Code::never;
}

/// A day that was simulated: its ledger, and what the checker knows of it.
class Day {
public:
    explicit Day(std::uint64_t seed) : seed_(seed), scratch_(fast_directory()) {
        using namespace std::chrono;
        static constexpr std::array starts{
            sys_days(year(2027) / 3 / 13), sys_days(year(2027) / 10 / 30),
            sys_days(year(2027) / 4 / 3), sys_days(year(2027) / 11 / 6)};
        SimulationOptions options;
        options.start = starts.at(seed % starts.size());
        options.faults = test::all_faults();
        options.config.concurrency = seed % 2 == 0 ? 5 : 512;
        options.edit = [](const Job& job, std::uint64_t drawn) {
            return test::RandomJobs(drawn).make(job.name());
        };
        options.open_storage = [this]() -> Result<std::unique_ptr<Storage>> {
            auto opened = SqliteStorage::open(scratch_.path("state"));
            if (!opened) return tl::unexpected(std::move(opened).error());
            return std::unique_ptr<Storage>(std::move(*opened));
        };
        simulation_ = std::make_unique<Simulation>(seed, std::move(options));
        simulation_->add(test::RandomJobs(seed).make(50));
        simulation_->run(24h);
        report = simulation_->finish(4h);
        history = simulation_->history();
        history.witnesses.reset();
        now = simulation_->clock().wall_now();
        for (const Entry& entry : history.entries) by_job_[entry.job].push_back(&entry);
    }

    [[nodiscard]] std::string state() const { return scratch_.path("state"); }
    [[nodiscard]] std::string copy() const { return scratch_.path("copy"); }

    /// The entries that are about a due time.
    [[nodiscard]] std::vector<const Entry*> entries_at(const std::string& job, WallTime at) const {
        std::vector<const Entry*> found;
        const auto own = by_job_.find(job);
        if (own == by_job_.end()) return found;
        for (const Entry* const entry : own->second) {
            const bool in_range = entry->due < at && at <= entry->until;
            if (entry->due == at || (in_range && is_due(job, at))) found.push_back(entry);
        }
        return found;
    }

    [[nodiscard]] const verify::JobRevision* in_force(const std::string& job, WallTime at) const {
        const verify::JobRevision* found = nullptr;
        for (const verify::JobRevision& one : history.jobs) {
            if (one.job != job || one.effective_from > at) continue;
            if (!one.effective_to || at < *one.effective_to) found = &one;
        }
        return found;
    }

    /// By the checker's own engine.
    [[nodiscard]] bool is_due(const std::string& job, WallTime at) const {
        const verify::JobRevision* const revision = in_force(job, at);
        if (revision == nullptr) return false;
        return std::any_of(revision->schedules.begin(), revision->schedules.end(),
                           [&](const verify::ScheduleText& text) {
                               const auto times = verify::reference_times(
                                   text, at, at,
                                   revision->anchor.value_or(revision->effective_from));
                               EXPECT_EQ(times.problem, "");
                               return !times.due.empty();
                           });
    }

    /// Where the clock was set, or a definition changed under a clock that was set back, wall times
    /// do not tell one instant from another.
    [[nodiscard]] bool is_unclear(WallTime at) const {
        return std::any_of(history.steps.begin(), history.steps.end(), [at](const StepNote& step) {
            return at >= std::min(step.before, step.after) - 20s &&
                   at <= std::max(step.before, step.after) + 20s;
        });
    }

    [[nodiscard]] std::string where(const std::string& job, WallTime at) const {
        return "seed " + std::to_string(seed_) + ", " + job + " at " + test::text_of(at);
    }

    SimulationReport report;
    verify::History history;
    WallTime now;

private:
    const std::uint64_t seed_;
    ScratchDirectory scratch_;
    std::unique_ptr<Simulation> simulation_;
    std::map<std::string, std::vector<const Entry*>> by_job_;
};

/// Asks about one instant, and compares with what the checker says. Counts the codes.
class Examiner {
public:
    Examiner(const Day& day, const Ledger& ledger) : day_(day), ledger_(ledger) {}

    void ask(const std::string& job, WallTime at) {
        SCOPED_TRACE(day_.where(job, at));
        const Setting setting{day_.now, {.is_held = true}};
        const auto answers = Inquiry(ledger_, setting).about(job, {at, at}, 1000);
        ASSERT_TRUE(answers) << answers.error().message;
        ASSERT_FALSE(answers->found.empty());
        for (const Answer& answer : answers->found) {
            ++asked;
            ++seen[answer.code()];
            EXPECT_FALSE(answer.sentence().empty());
            EXPECT_NE(answer.code(), Code::broken) << answer.sentence();
        }
        const auto entries = day_.entries_at(job, at);
        if (!entries.empty()) return compare(entries, answers->found);
        if (day_.is_unclear(at)) return;
        ASSERT_EQ(answers->found.size(), 1u);
        compare_without_entry(job, at, answers->found.front());
    }

    std::size_t asked = 0;
    std::map<Code, std::size_t> seen{};

private:
    static void compare(const std::vector<const Entry*>& entries,
                        const std::vector<Answer>& answers) {
        std::set<ExecutionId> named;
        for (const Answer& answer : answers) {
            if (answer.id) named.insert(*answer.id);
        }
        for (const Entry* const entry : entries) {
            EXPECT_TRUE(named.contains(entry->id)) << to_string(entry->state);
            const auto answer =
                std::find_if(answers.begin(), answers.end(),
                             [&](const Answer& one) { return one.id == entry->id; });
            if (answer == answers.end()) continue;
            EXPECT_TRUE(codes_of(*entry).contains(answer->code()))
                << to_string(entry->state) << ' ' << to_string(entry->reason) << ": "
                << answer->sentence();
        }
    }

    void compare_without_entry(const std::string& job, WallTime at, const Answer& answer) const {
        const verify::JobRevision* const revision = day_.in_force(job, at);
        if (revision == nullptr) {
            EXPECT_EQ(answer.code(), Code::no_such_job_then);
            return;
        }
        const bool due = day_.is_due(job, at);
        if (!due || !revision->active) {
            EXPECT_TRUE(is_not_due(answer.code())) << answer.sentence();
            EXPECT_EQ(answer.code() == Code::not_due_inactive, !revision->active);
            return;
        }
        const bool is_settled = day_.history.watermark && at <= *day_.history.watermark;
        EXPECT_FALSE(is_settled) << "the checker is content, and so the row must be there: "
                                 << answer.sentence();
        EXPECT_EQ(answer.code(), at > day_.now ? Code::will_run : Code::undecided);
    }

    const Day& day_;
    const Ledger& ledger_;
};

/// One of each kind of row, several times.
std::vector<const Entry*> of_every_kind(const std::vector<Entry>& entries) {
    constexpr std::size_t of_each = 4;
    std::map<std::tuple<EntryState, SkipReason, ExecutionKind, bool, bool, bool>,
             std::vector<const Entry*>>
        kinds;
    for (const Entry& entry : entries) {
        auto& same = kinds[{entry.state, entry.reason, entry.kind, entry.pass > 0, entry.count > 1,
                            entry.attempt > 1}];
        if (same.size() < of_each) same.push_back(&entry);
    }
    std::vector<const Entry*> found;
    for (const auto& [kind, some] : kinds) found.insert(found.end(), some.begin(), some.end());
    return found;
}

TEST(WhySimulationTest, AgreesWithTheChecker) {
    std::map<Code, std::size_t> seen;
    std::size_t asked = 0;
    for (std::uint64_t seed = 1; seed <= days_to_simulate(); ++seed) {
        const Day day(seed);
        ASSERT_TRUE(day.report.clean()) << day.report.text();
        const auto ledger = SqliteLedger::open(day.state());
        ASSERT_TRUE(ledger) << ledger.error().message;
        Examiner examiner(day, **ledger);
        for (const Entry* const entry : of_every_kind(day.history.entries)) {
            examiner.ask(entry->job, entry->due);
            examiner.ask(entry->job, entry->until);
        }
        std::mt19937_64 draw(seed);
        const auto number = [&draw](std::int64_t least, std::int64_t most) {
            return std::uniform_int_distribution<std::int64_t>(least, most)(draw);
        };
        const auto& entries = day.history.entries;
        const WallTime begin = entries.front().due;
        const std::int64_t length =
            std::chrono::duration_cast<std::chrono::seconds>(day.now - begin).count();
        for (int i = 0; i < 300; ++i) {
            const Entry& entry = entries[static_cast<std::size_t>(
                number(0, static_cast<std::int64_t>(entries.size()) - 1))];
            const std::string job = i % 3 == 0 ? entry.job : "job " + std::to_string(number(0, 49));
            WallTime at = entry.due;
            if (i % 3 == 1) at += std::chrono::minutes(number(-30, 30));
            if (i % 3 == 2) at = begin + std::chrono::seconds(number(-600, length + 3600));
            examiner.ask(job, at);
        }
        for (const auto& [code, count] : examiner.seen) seen[code] += count;
        asked += examiner.asked;
        if (testing::Test::HasFailure()) break;
    }
    std::string told;
    for (const auto& [code, count] : seen) {
        told += std::string(to_string(code)) + ' ' + std::to_string(count) + "; ";
    }
    RecordProperty("codes", told);
    EXPECT_GE(asked, days_to_simulate() * 300);
    if (days_to_simulate() < 4) return;
    for (const Code code : {Code::ran, Code::ran_late, Code::failed, Code::lost, Code::coalesced,
                            Code::skipped_overlap, Code::skipped_misfire, Code::skipped_concurrency,
                            Code::skipped_superseded, Code::not_due_field, Code::not_due_inactive,
                            Code::no_such_job_then}) {
        EXPECT_GT(seen[code], 0u) << to_string(code) << " was never the answer; there were "
                                  << told;
    }
}

// What is lost is broken for one and lost for the other, and nothing else is.
TEST(WhySimulationTest, CallsBrokenWhatTheCheckerCallsLost) {
    std::size_t lost = 0;
    for (std::uint64_t seed = 1; seed <= std::min<std::uint64_t>(days_to_simulate(), 4); ++seed) {
        Day day(seed);
        std::mt19937_64 draw(seed * 31);
        std::vector<Entry> chosen;
        for (const Entry& entry : day.history.entries) {
            const bool fits = entry.kind == ExecutionKind::scheduled && entry.count == 1 &&
                              entry.pass == 0 && entry.reason != SkipReason::dst_gap;
            if (fits && draw() % (day.history.entries.size() / 40 + 1) == 0)
                chosen.push_back(entry);
        }
        {
            const auto ledger = SqliteLedger::open(day.state());
            std::filesystem::create_directory(day.copy());
            ASSERT_TRUE((*ledger)->backup(std::filesystem::path(day.copy()) / "ledger.db"));
            sqlite::Database copy(test::placed(std::filesystem::path(day.copy()) / "ledger.db"),
                                  sqlite::Database::Mode::read_write, 1s);
            for (const Entry& entry : chosen) {
                auto remove = copy.prepare("DELETE FROM entry WHERE id = ?1");
                const std::string id(reinterpret_cast<const char*>(entry.id.bytes.data()),
                                     entry.id.bytes.size());
                remove.bind_blob(1, id).run();
            }
        }
        std::set<ExecutionId> gone;
        for (const Entry& entry : chosen) gone.insert(entry.id);
        std::erase_if(day.history.entries,
                      [&gone](const Entry& entry) { return gone.contains(entry.id); });
        std::set<std::pair<std::string, WallTime>> told;
        for (const verify::Finding& finding : verify::check(day.history).findings) {
            if (finding.kind == verify::FindingKind::lost) told.emplace(finding.job, finding.due);
        }
        const auto copy = SqliteLedger::open(day.copy());
        ASSERT_TRUE(copy) << copy.error().message;
        const Setting setting{day.now, {.is_held = true}};
        for (const Entry& entry : chosen) {
            if (day.is_unclear(entry.due)) continue;
            const auto answers =
                Inquiry(**copy, setting).about(entry.job, {entry.due, entry.due}, 1000);
            ASSERT_TRUE(answers) << answers.error().message;
            const bool is_broken =
                std::any_of(answers->found.begin(), answers->found.end(),
                            [](const Answer& answer) { return answer.code() == Code::broken; });
            EXPECT_EQ(is_broken, told.contains({entry.job, entry.due}))
                << day.where(entry.job, entry.due) << ": " << answers->found.front().sentence();
            lost += is_broken ? 1 : 0;
        }
    }
    EXPECT_GT(lost, 20u);
}

}  // namespace
}  // namespace quantum::why
