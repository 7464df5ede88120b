#pragma once

#include <cctype>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/conformance/storage_conformance.hpp"

namespace quantum::conformance {

/// The questions to a ledger, for every adapter that is one. A test program of the adapter's
/// includes this in one file, and instantiates both suites:
///
///     using quantum::conformance::LedgerConformance;
///     using quantum::conformance::StorageConformance;
///     INSTANTIATE_TEST_SUITE_P(Shelf, StorageConformance, testing::Values(maker),
///                              quantum::conformance::maker_name);
///     INSTANTIATE_TEST_SUITE_P(Shelf, LedgerConformance, testing::Values(maker),
///                              quantum::conformance::maker_name);
class LedgerConformance : public StorageConformance {
protected:
    void SetUp() override {
        using namespace std::chrono_literals;
        Batch batch;
        for (std::uint64_t i = 0; i < 300; ++i) {
            // Several to the hour, hours without any, and two jobs in one instant.
            const WallTime due = noon + (i / 10) * 90min + (i % 10) * 1min;
            batch.claims.push_back(entry_at(
                due, "a", 2 * i, i % 7 == 0 ? EntryState::skipped : EntryState::succeeded));
            if (i % 3 == 0) {
                batch.claims.push_back(entry_at(due, "b", 2 * i + 1, EntryState::lost));
            }
        }
        batch.watermark = batch.claims.back().due;
        all = batch.claims;
        store(std::move(batch));
    }

    [[nodiscard]] std::vector<Entry> expected(const EntryQuery& query) const {
        std::vector<Entry> matching;
        for (const Entry& entry : all) {
            if (query.job && entry.job != *query.job) continue;
            if (query.from && entry.due < *query.from) continue;
            if (query.until && entry.due >= *query.until) continue;
            if (query.state && entry.state != *query.state) continue;
            matching.push_back(entry);
        }
        if (matching.size() > query.limit) {
            matching.erase(matching.begin(),
                           matching.end() - static_cast<std::ptrdiff_t>(query.limit));
        }
        return matching;
    }

    static void expect_same(const std::vector<Entry>& found, const std::vector<Entry>& wanted) {
        ASSERT_EQ(found.size(), wanted.size());
        for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(same(found[i], wanted[i])) << i;
    }

    std::vector<Entry> all;
};

TEST_P(StorageConformance, FindsWhatWasDueAround1970ByItsJob) {
    using namespace std::chrono_literals;
    Batch batch;
    for (int quarter = -12; quarter <= 12; ++quarter) {
        batch.claims.push_back(entry_at(WallTime(quarter * 15min), "a",
                                        static_cast<std::uint64_t>(quarter + 100),
                                        EntryState::succeeded));
    }
    batch.watermark = batch.claims.back().due;
    const std::vector<Entry> all = batch.claims;
    store(std::move(batch));
    const std::vector<Entry> found = entries({.job = "a"});
    ASSERT_EQ(found.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(found[i].due, all[i].due) << i;
}

TEST_P(LedgerConformance, AnswersEveryCombinationOfFilters) {
    using namespace std::chrono_literals;
    const Ledger& asked = ledger();
    const std::vector<std::optional<std::string>> jobs{std::nullopt, "a", "b", "nobody"};
    const std::vector<std::optional<WallTime>> froms{std::nullopt, noon + 90min, noon + 100h};
    const std::vector<std::optional<WallTime>> untils{std::nullopt, noon + 12h + 3min, noon};
    const std::vector<std::optional<EntryState>> states{std::nullopt, EntryState::succeeded,
                                                        EntryState::skipped, EntryState::lost,
                                                        EntryState::started};
    for (const auto& job : jobs) {
        for (const auto& from : froms) {
            for (const auto& until : untils) {
                for (const auto& state : states) {
                    for (const std::size_t limit : {0U, 1U, 17U, 1000U}) {
                        const EntryQuery query{job, from, until, state, limit, std::nullopt};
                        auto found = asked.entries(query);
                        ASSERT_TRUE(found) << found.error().message;
                        expect_same(*found, expected(query));
                    }
                }
            }
        }
    }
}

TEST_P(LedgerConformance, PagesMeetWithoutGapOrRepeat) {
    const Ledger& asked = ledger();
    for (const auto& job : std::vector<std::optional<std::string>>{std::nullopt, "a", "b"}) {
        EntryQuery query;
        query.job = job;
        query.limit = 13;
        std::vector<Entry> together;
        while (true) {
            auto page = asked.entries(query);
            ASSERT_TRUE(page) << page.error().message;
            if (page->empty()) break;
            together.insert(together.begin(), page->begin(), page->end());
            query.before = page->front().id;
        }
        expect_same(together, expected({.job = job}));
    }
}

TEST_P(LedgerConformance, ACursorThatIsNotThereIsNotFound) {
    EntryQuery query;
    query.before = id_at(noon, 123'456);
    const auto found = ledger().entries(query);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::not_found);
}

TEST_P(LedgerConformance, FindsAnEntryByThePrefixOfItsId) {
    const Ledger& asked = ledger();
    // Two entries of one instant: their ids differ in the last digits only.
    const std::string text = all[0].id.text();
    const auto found = asked.entry(text);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(same(*found, all[0]));
    std::string upper = text;
    std::erase(upper, '-');
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_TRUE(asked.entry(upper));

    const auto code = [&](std::string_view prefix) {
        const auto none = asked.entry(prefix);
        EXPECT_FALSE(none);
        return none ? ErrorCode{} : none.error().code;
    };
    EXPECT_EQ(code(text.substr(0, 7)), ErrorCode::invalid_argument);
    EXPECT_EQ(code(text.substr(0, 8)), ErrorCode::invalid_argument);  // several
    EXPECT_EQ(code("0193a1bz"), ErrorCode::invalid_argument);
    EXPECT_EQ(code(text + "0"), ErrorCode::invalid_argument);
    EXPECT_EQ(code("ffffffff"), ErrorCode::not_found);
}

TEST_P(LedgerConformance, FindsAnEntryByTheEndOfItsId) {
    const Ledger& asked = ledger();
    for (const std::size_t at : {std::size_t{0}, std::size_t{17}, all.size() - 1}) {
        const std::string text = all[at].id.text();
        for (const std::size_t digits : {8U, 9U, 12U}) {
            const auto found = asked.entry(text.substr(text.size() - digits));
            ASSERT_TRUE(found) << found.error().message;
            EXPECT_TRUE(same(*found, all[at])) << digits;
        }
    }
    const auto upper = asked.entry("0000000A");
    ASSERT_TRUE(upper) << upper.error().message;
    EXPECT_EQ(upper->id.text().substr(28), "0000000a");
    store({.claims = {entry_at(noon + std::chrono::hours(999), "c", 10)}});
    const auto several = asked.entry("0000000a");
    ASSERT_FALSE(several);
    EXPECT_EQ(several.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(asked.entry("000000a").error().code, ErrorCode::invalid_argument) << "too short";
}

TEST_P(LedgerConformance, FindsWhatIsRecordedAboutAnInstant) {
    using namespace std::chrono_literals;
    // Two ranges of "c", one that holds a row of its own, and one of another job.
    Entry first = entry_at(noon + 1000h, "c", 5000, EntryState::coalesced);
    first.until = noon + 1010h;
    first.count = 11;
    const Entry inside = entry_at(noon + 1005h, "c", 5001, EntryState::skipped);
    Entry second = entry_at(noon + 1020h, "c", 5002, EntryState::skipped);
    second.until = noon + 1030h;
    second.count = 11;
    Entry other = entry_at(noon + 900h, "d", 5003, EntryState::skipped);
    other.until = noon + 1100h;
    other.count = 201;
    store({.claims = {other, first, inside, second}});
    const auto ids = [this](const std::string& job, WallTime from, WallTime until) {
        const auto found = ledger().entries_about(job, from, until);
        EXPECT_TRUE(found);
        std::vector<ExecutionId> list;
        for (const Entry& entry : *found) list.push_back(entry.id);
        return list;
    };
    using testing::ElementsAre;
    using testing::IsEmpty;
    EXPECT_THAT(ids("c", noon + 999h, noon + 1000h), ElementsAre(first.id));
    EXPECT_THAT(ids("c", noon + 1003h, noon + 1003h), ElementsAre(first.id));
    EXPECT_THAT(ids("c", noon + 1005h, noon + 1005h), ElementsAre(first.id, inside.id));
    EXPECT_THAT(ids("c", noon + 1010h, noon + 1010h), ElementsAre(first.id));
    EXPECT_THAT(ids("c", noon + 1010h + 1us, noon + 1019h), IsEmpty());
    EXPECT_THAT(ids("c", noon, noon + 2000h), ElementsAre(first.id, inside.id, second.id));
    EXPECT_THAT(ids("d", noon + 1100h, noon + 1100h), ElementsAre(other.id));
    EXPECT_THAT(ids("a", all[0].due, all[0].due), ElementsAre(all[0].id));
    EXPECT_THAT(ids("nobody", noon, noon + 2000h), IsEmpty());
    const auto open = entry_at(noon + 1040h, "c", 5004);
    store({.claims = {open}});
    expect_same(ledger().entries({.job = "c", .state = EntryState::started}).value(), {open});
}

TEST_P(LedgerConformance, VisitsOldestFirstAndStopsWhenTold) {
    std::vector<Entry> seen;
    EntryQuery query;
    query.job = "b";
    ASSERT_TRUE(ledger().each(query, [&](const Entry& entry) {
        seen.push_back(entry);
        return seen.size() < 5;
    }));
    auto wanted = expected({.job = "b"});
    wanted.resize(5);
    expect_same(seen, wanted);
}

TEST_P(LedgerConformance, KeepsAuditNotesTheNewestAreAskedFor) {
    const auto note = [](const std::string& job) {
        return AuditNote{noon, "cli:uid 0", "trigger", job, "by hand"};
    };
    store({.audit = {note("a"), note("b")}});
    store({.audit = {note("c")}});
    const auto kept = ledger().audit(2);
    if (!GetParam().keeps_records) {
        EXPECT_EQ(kept.error().code, ErrorCode::unavailable);
        return;
    }
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_THAT(*kept, testing::ElementsAre(note("b"), note("c")));
}

TEST_P(LedgerConformance, FindsNotesByJobAndTime) {
    using namespace std::chrono_literals;
    const auto note = [](WallTime at, const std::string& job) {
        return AuditNote{at, "cli:uid 0", "trigger", job, {}};
    };
    store({.audit = {note(noon, "a"), note(noon + 1h, "b"), note(noon + 2h, "a")}});
    store({.audit = {note(noon + 3h, ""), note(noon + 4h, "a")}});
    const auto times = [this](const NoteQuery& query) {
        std::vector<WallTime> list;
        const auto found = ledger().notes(query);
        EXPECT_TRUE(found);
        if (found) {
            for (const AuditNote& one : *found) list.push_back(one.at);
        }
        return list;
    };
    if (!GetParam().keeps_records) {
        EXPECT_EQ(ledger().notes({}).error().code, ErrorCode::unavailable);
        return;
    }
    using testing::ElementsAre;
    EXPECT_THAT(times({}), ElementsAre(noon, noon + 1h, noon + 2h, noon + 3h, noon + 4h));
    EXPECT_THAT(times({.job = "a"}), ElementsAre(noon, noon + 2h, noon + 4h));
    EXPECT_THAT(times({.job = ""}), ElementsAre(noon + 3h));
    EXPECT_THAT(times({.job = "a", .from = noon + 1h, .until = noon + 4h}), ElementsAre(noon + 2h));
    EXPECT_THAT(times({.job = "a", .limit = 2}), ElementsAre(noon + 2h, noon + 4h));
    EXPECT_THAT(times({.job = "a", .limit = 2, .oldest = true}), ElementsAre(noon, noon + 2h));
    EXPECT_THAT(times({.limit = 1, .oldest = true}), ElementsAre(noon));
}

TEST_P(LedgerConformance, FindsTheDefinitionsAroundAnInstant) {
    using namespace std::chrono_literals;
    store({.jobs = {added(job_named("c"), noon)}});
    for (std::uint32_t revision = 2; revision <= 6; ++revision) {
        store({.jobs = {added(job_named("c"), noon + revision * 1h, revision)}});
    }
    store({.jobs = {deleted("c", noon + 7h), added(job_named("d"), noon)}});
    const auto revisions = [this](WallTime from, WallTime until) {
        std::vector<std::uint32_t> numbers;
        const auto found = ledger().revisions_around("c", from, until);
        EXPECT_TRUE(found);
        if (found) {
            for (const JobRevision& one : *found) numbers.push_back(one.stored.revision);
        }
        return numbers;
    };
    if (!GetParam().keeps_records) {
        EXPECT_EQ(ledger().revisions_around("c", noon, noon).error().code, ErrorCode::unavailable);
        return;
    }
    using testing::ElementsAre;
    EXPECT_THAT(revisions(noon + 4h + 1min, noon + 4h + 1min), ElementsAre(1, 3, 4, 5, 6));
    EXPECT_THAT(revisions(noon - 1h, noon - 1h), ElementsAre(1, 6)) << "before the first";
    EXPECT_THAT(revisions(noon + 9h, noon + 9h), ElementsAre(1, 6)) << "it is deleted";
    EXPECT_THAT(revisions(noon, noon + 9h), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_TRUE(ledger().revisions_around("nobody", noon, noon)->empty());
    EXPECT_THAT(*ledger().job_names(), testing::IsSupersetOf({"c", "d"}));
    EXPECT_THAT(*ledger().job_names(), testing::Not(testing::Contains("*")));
}

TEST_P(LedgerConformance, KeepsStepsOfTheClockInTheirOrder) {
    using namespace std::chrono_literals;
    const StepNote first{noon, noon - 1h, 1, noon, noon, 1, noon};
    const StepNote second{noon, noon + 4h, 1, noon, noon - 2min, 1, noon - 3min};
    store({.steps = {first}});
    store({.steps = {second}});
    const auto kept = ledger().clock_steps();
    if (!GetParam().keeps_records) {
        EXPECT_EQ(kept.error().code, ErrorCode::unavailable);
        return;
    }
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_THAT(*kept, testing::ElementsAre(first, second));
}

TEST_P(LedgerConformance, KeepsEachRevisionOfAJobWithTheTimeItHeld) {
    using namespace std::chrono_literals;
    store({.jobs = {added(job_named("c"), noon), added(job_named("d"), noon)}});
    store({.jobs = {added(job_named("c", "0 3 * * *"), noon + 1h, 2)}});
    store({.jobs = {deleted("c", noon + 2h)}});
    const auto kept = ledger().revisions("c");
    if (!GetParam().keeps_records) {
        EXPECT_EQ(kept.error().code, ErrorCode::unavailable);
        return;
    }
    ASSERT_TRUE(kept) << kept.error().message;
    ASSERT_EQ(kept->size(), 2u);
    EXPECT_EQ(kept->at(0).stored.effective_from, noon);
    EXPECT_EQ(kept->at(0).until, noon + 1h);
    EXPECT_EQ(kept->at(1).stored.job->schedule()->text(), "0 3 * * *");
    EXPECT_EQ(kept->at(1).until, noon + 2h);
}

TEST_P(LedgerConformance, KeepsTheOutputOfEachAttempt) {
    const Entry entry = entry_at(noon, "c", 9999);
    store({.claims = {entry}});
    Finish first = finish_of(entry, OutcomeKind::failed);
    first.retry_at = noon + std::chrono::seconds(9);
    first.output = CapturedOutput{"first\n", "", 6};
    store({.finishes = {first}});
    const auto kept = ledger().output(entry.id);
    if (!GetParam().keeps_output) {
        EXPECT_EQ(kept.error().code, ErrorCode::not_found);
        return;
    }
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->head, "first\n");
    Finish second = finish_of(entry);
    second.attempt = 2;
    second.output = CapturedOutput{"head", "tail", 1'000'000};
    store({.finishes = {second}});
    const Ledger& asked = ledger();
    EXPECT_EQ(asked.output(entry.id)->tail, "tail");
    EXPECT_EQ(asked.output(entry.id, 2)->bytes, 1'000'000u);
    EXPECT_EQ(asked.output(entry.id, 1)->head, "first\n");
    EXPECT_EQ(asked.output(entry.id, 3).error().code, ErrorCode::not_found);
    EXPECT_EQ(asked.output(id_at(noon, 4)).error().code, ErrorCode::not_found);
}

}  // namespace quantum::conformance
