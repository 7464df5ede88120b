#include <atomic>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quantum/cron.hpp"
#include "quantum/storage/sqlite.hpp"
#include "quantum/storage/storage.hpp"

#include "storage/sqlite/builders.hpp"
#include "storage/sqlite/file/schema.hpp"
#include "storage/sqlite/placed.hpp"
#include "support/paths.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct SqliteStorageTest : testing::Test {
    TemporaryDirectory directory;
    const fs::path state = directory.path() / "state";
    const fs::path file = state / "ledger.db";

    std::unique_ptr<SqliteStorage> open(SqliteOptions options = {}) {
        auto opened = SqliteStorage::open(state, std::move(options));
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    Error refusal() {
        auto opened = SqliteStorage::open(state);
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
    static void store(SqliteStorage& storage, const Batch& batch) {
        const auto result = storage.commit(batch);
        ASSERT_EQ(result.status, CommitStatus::done) << result.reason;
    }
    // Runs SQL on the file as a stranger would.
    void execute(const std::string& sql) const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
        char* wrong = nullptr;
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &wrong), SQLITE_OK)
            << wrong;
        sqlite3_free(wrong);
        sqlite3_close(database);
    }
};

// -- Jobs ------------------------------------------------------------------------------------

TEST_F(SqliteStorageTest, KeepsScheduleZoneDialectAnchorStateSourceAndNotes) {
    Job interval = job_named("beat", "@every 90s", "Europe/Zurich");
    interval.set_schedule(interval.schedule()->anchored_at(noon - 7s));
    interval.set_state(JobState::inactive);
    interval.set_source("ops.crontab:12");
    JobChange change = added(interval, noon);
    change.stored.note = "paused by ops: disk swap";
    change.stored.zone_data = "2026b";
    Job bare;
    ASSERT_TRUE(bare.set_name("by hand"));
    store(*open(), {.id = 1, .jobs = {change, added(bare, noon)}});

    const auto snapshot = open()->load();
    ASSERT_TRUE(snapshot && snapshot->jobs && snapshot->jobs->size() == 2);
    const StoredJob& stored = snapshot->jobs->at(0);
    EXPECT_EQ(*stored.job->schedule(), *interval.schedule());
    EXPECT_EQ(stored.job->schedule()->next(noon), noon - 7s + 90s);
    EXPECT_EQ(stored.job->schedule()->zone_name(), "Europe/Zurich");
    EXPECT_EQ(stored.job->state(), JobState::inactive);
    EXPECT_EQ(stored.job->source(), "ops.crontab:12");
    EXPECT_EQ(stored.note, "paused by ops: disk swap");
    EXPECT_EQ(stored.zone_data, "2026b");
    EXPECT_FALSE(snapshot->jobs->at(1).job->schedule());
}

struct StoredSchedule {
    const char* name;
    std::function<Schedule()> make;
};

struct SchedulesInTheLedger : SqliteStorageTest, testing::WithParamInterface<StoredSchedule> {};

TEST_P(SchedulesInTheLedger, ComeBackEqual) {
    const Schedule schedule = GetParam().make();
    Job job = job_named("a");
    job.set_schedule(schedule);
    store(*open(), {.id = 1, .jobs = {added(job, noon)}});

    const auto storage = open();
    const auto snapshot = storage->load();
    ASSERT_TRUE(snapshot && snapshot->jobs && snapshot->jobs->size() == 1);
    EXPECT_TRUE(storage->problems().empty());
    ASSERT_TRUE(snapshot->jobs->at(0).job->schedule());
    EXPECT_TRUE(*snapshot->jobs->at(0).job->schedule() == schedule);
    EXPECT_EQ(snapshot->jobs->at(0).job->schedule()->next(noon), schedule.next(noon));
}

Schedule parsed(std::string_view text, const ScheduleOptions& options = {}) {
    auto schedule = parse_schedule(text, options);
    if (!schedule) std::abort();
    return *schedule;
}

INSTANTIATE_TEST_SUITE_P(
    Schedules, SchedulesInTheLedger,
    testing::Values(
        StoredSchedule{"cron", [] { return parsed("*/5 1-3 * * MON"); }},
        StoredSchedule{"zone", [] { return parsed("30 2 * * *", {.zone = "Europe/Zurich"}); }},
        StoredSchedule{"dst",
                       [] {
                           return parsed("30 2 * * *", {.zone = "America/New_York",
                                                        .dst = {DstGap::skip, DstRepeat::second}});
                       }},
        StoredSchedule{"dialect",
                       [] { return parsed("0 0 12 ? * 2", {.dialect = Dialect::quartz}); }},
        StoredSchedule{"days", [] { return parsed("0 0 13 * 5", {.days = DayRule::both}); }},
        StoredSchedule{"literal",
                       [] { return *Schedule::of("*/5 1-3 * * MON"_cron, "Europe/Zurich"); }},
        StoredSchedule{"literal_of_quantum",
                       [] { return *Schedule::of("0 0 31W * * 2027"_quantum); }},
        StoredSchedule{"every_so_many_seconds", [] { return Schedule::every(90s, noon - 1h); }},
        StoredSchedule{"reboot", [] { return parsed("@reboot"); }},
        StoredSchedule{"interval", [] { return parsed("@every 90s").anchored_at(noon); }},
        StoredSchedule{"every", [] { return Schedule::every(Duration(1'234'567), noon - 1h); }},
        StoredSchedule{"once", [] { return Schedule::once(noon + 17us); }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(SqliteStorageTest, AScheduleOfTheProgramsOwnIsBoundAgainByName) {
    Job job = job_named("a");
    job.set_schedule(Schedule::any_of({parsed("0 3 * * *"), parsed("0 5 * * *")}));
    store(*open(), {.id = 1, .jobs = {added(job, noon)}});

    const auto storage = open({.rebind = [&](Job& unbound) -> Status {
        EXPECT_FALSE(unbound.schedule());
        unbound.set_schedule(*job.schedule());
        return {};
    }});
    EXPECT_TRUE(*storage->load()->jobs->at(0).job->schedule() == *job.schedule());
}

TEST_F(SqliteStorageTest, FunctionsAreBoundAgainByName) {
    Job job = job_named("tick");
    ASSERT_TRUE(job.set_task(Function([] {})));
    store(*open(), {.id = 1, .jobs = {added(job, noon), added(job_named("plain"), noon)}});

    std::vector<std::string> asked;
    const auto storage = open({.rebind = [&](Job& unbound) -> Status {
        asked.push_back(unbound.name());
        return unbound.set_task(Function([] {}));
    }});
    const auto snapshot = storage->load();
    ASSERT_TRUE(snapshot && snapshot->jobs);
    EXPECT_EQ(asked, std::vector<std::string>{"tick"});
    EXPECT_EQ(snapshot->jobs->at(0).job->task().kind(), TaskKind::function);
    EXPECT_TRUE(storage->problems().empty());
}

TEST_F(SqliteStorageTest, AJobThatCannotBeRestoredIsInactiveAndNamedAndKeepsNobodyFromRunning) {
    store(*open(), {.id = 1,
                    .jobs = {added(job_named("zoned"), noon), added(job_named("newer"), noon),
                             added(job_named("sound"), noon)}});
    execute(
        "UPDATE job SET zone = 'Mars/Olympus' WHERE name = (SELECT id FROM name WHERE text = "
        "'zoned'); UPDATE job SET definition = '{\"phase_of_the_moon\":\"full\"}' WHERE name = "
        "(SELECT "
        "id FROM name WHERE text = 'newer')");

    const auto storage = open();
    const auto snapshot = storage->load();
    ASSERT_TRUE(snapshot && snapshot->jobs && snapshot->jobs->size() == 3);
    EXPECT_EQ(snapshot->jobs->at(0).job->state(), JobState::inactive);
    EXPECT_EQ(snapshot->jobs->at(1).job->state(), JobState::inactive);
    EXPECT_EQ(snapshot->jobs->at(2).job->state(), JobState::active);
    ASSERT_EQ(storage->problems().size(), 2u);
    EXPECT_NE(storage->problems()[0].find("zoned"), std::string::npos);
    EXPECT_NE(storage->problems()[0].find("Mars/Olympus"), std::string::npos);
    EXPECT_NE(storage->problems()[1].find("phase_of_the_moon"), std::string::npos);
}

TEST_F(SqliteStorageTest, EveryRevisionStaysWithTheTimeItHeld) {
    const auto storage = open();
    store(*storage, {.id = 1, .jobs = {added(job_named("a"), noon)}});
    store(*storage, {.id = 2, .jobs = {added(job_named("a", "0 3 * * *"), noon + 1h, 2)}});
    store(*storage, {.id = 3, .jobs = {deleted("a", noon + 2h), added(job_named("b"), noon)}});
    store(*storage, {.id = 4, .jobs = {added(job_named("a", "0 4 * * *"), noon + 3h)}});

    const auto revisions = storage->revisions("a");
    ASSERT_TRUE(revisions) << revisions.error().message;
    ASSERT_EQ(revisions->size(), 3u);
    EXPECT_EQ(revisions->at(0).stored.effective_from, noon);
    EXPECT_EQ(revisions->at(0).until, noon + 1h);
    EXPECT_EQ(revisions->at(1).stored.job->schedule()->text(), "0 3 * * *");
    EXPECT_EQ(revisions->at(1).until, noon + 2h);
    EXPECT_EQ(revisions->at(2).stored.effective_from, noon + 3h);
    EXPECT_FALSE(revisions->at(2).until);
    EXPECT_EQ(storage->revisions(std::nullopt)->size(), 4u);
    EXPECT_TRUE(storage->revisions("nobody")->empty());
}

// -- Records ---------------------------------------------------------------------------------

TEST_F(SqliteStorageTest, KeepsOutputAuditStepsAndBounds) {
    const auto storage = open();
    const Entry entry = entry_at(noon, "a", 1);
    Finish finish = finish_of(entry);
    finish.output = CapturedOutput{std::string("a\0\xFF", 3), "tail", 1'000'000};
    const AuditNote pause{noon, "cli:uid 0", "pause", "a", "disk swap"};
    const AuditNote add{noon + 1s, "api:ops", "add", "b", ""};
    const StepNote step{noon, noon - 1h, 1, noon, noon};
    store(*storage, {.id = 1, .claims = {entry}, .watermark = noon, .audit = {pause}});
    store(*storage, {.id = 2, .steps = {step}, .finishes = {finish}, .audit = {add}});

    EXPECT_EQ(*storage->output(entry.id), *finish.output);
    EXPECT_EQ(storage->output(id_at(noon, 2)).error().code, ErrorCode::not_found);
    EXPECT_EQ(*storage->audit(10), (std::vector<AuditNote>{pause, add}));
    EXPECT_EQ(*storage->audit(1), std::vector<AuditNote>{add});
    EXPECT_EQ(*storage->clock_steps(), std::vector<StepNote>{step});
    EXPECT_EQ(storage->bounds()->watermark, noon);
    EXPECT_FALSE(storage->bounds()->from);
}

TEST_F(SqliteStorageTest, HistoryIsReadWhileBatchesAreWritten) {
    const auto storage = open();
    std::atomic<bool> stop = false;
    std::thread reader([&] {
        while (!stop) {
            const auto found = storage->entries({.job = "a"});
            ASSERT_TRUE(found) << found.error().message;
            // A batch is seen whole or not at all.
            EXPECT_EQ(found->size() % 2, 0u);
        }
    });
    for (std::uint64_t i = 0; i < 200; ++i) {
        const WallTime due = noon + i * 1s;
        store(*storage, {.id = i + 1,
                         .claims = {entry_at(due, "a", 2 * i), entry_at(due + 1ms, "a", 2 * i + 1)},
                         .watermark = due});
    }
    stop = true;
    reader.join();
    EXPECT_EQ(storage->entries({.job = "a"})->size(), 400u);
}

// -- The state directory ---------------------------------------------------------------------

TEST_F(SqliteStorageTest, ASecondInstanceIsRefusedAndToldWhoHoldsTheDirectory) {
    const auto first = open();
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_NE(error.message.find(state.string()), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("process " + std::to_string(::getpid())), std::string::npos)
        << error.message;
}

TEST_F(SqliteStorageTest, TheDirectoryIsFreeAgainWhenTheInstanceEndsInWhateverWay) {
    { const auto first = open(); }
    EXPECT_TRUE(open()->was_stopped_cleanly());

    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto crashing = SqliteStorage::open(state);
        ::_exit(crashing ? 0 : 1);  // no destructor runs
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_FALSE(open()->was_stopped_cleanly());
    EXPECT_TRUE(open()->was_stopped_cleanly());
}

TEST_F(SqliteStorageTest, NobodyElseCanReadWhatIsKept) {
    const mode_t before = ::umask(0);
    const auto storage = open();
    store(*storage, {.id = 1, .claims = {entry_at(noon, "a", 1)}});
    const fs::path copy = directory.path() / "copy.db";
    ASSERT_TRUE(storage->ledger().backup(copy));
    ::umask(before);
    const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
    EXPECT_EQ(mode(state), fs::perms::owner_all);
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(state)) {
        EXPECT_EQ(mode(entry.path()), fs::perms::owner_read | fs::perms::owner_write)
            << entry.path();
        ++files;
    }
    EXPECT_EQ(files, 5u);  // ledger, its log, its index of the log, lock, life
    EXPECT_EQ(mode(copy), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SqliteStorageTest, TheLockFileTellsWhichFilesOfJobsAreBad) {
    const auto storage = open();
    const auto told = [this] { return instance_status(state)->bad_files; };
    EXPECT_EQ(told(), std::vector<std::string>());
    storage->tell_bad_files({"a.toml:1:2: wrong", "b\nin two lines"});
    EXPECT_EQ(told(), (std::vector<std::string>{"a.toml:1:2: wrong", "b in two lines"}));
    // A commit that fares well has nothing to say about files.
    store(*storage, {.id = 1, .claims = {entry_at(noon, "a", 1)}});
    EXPECT_EQ(told().size(), 2U);
    storage->tell_bad_files(std::vector<std::string>(50, std::string(2'000, 'x')));
    EXPECT_EQ(told().size(), 7U);
    EXPECT_EQ(told().front().size(), 511U);
    EXPECT_EQ(told().back(), "and 44 more files");
    EXPECT_TRUE(instance_status(state)->process);
    storage->tell_bad_files({});
    EXPECT_EQ(told(), std::vector<std::string>());
}

TEST_F(SqliteStorageTest, AFileThatOthersCouldReadIsClosedToThem) {
    { const auto first = open(); }
    fs::permissions(file, static_cast<fs::perms>(0644));
    const auto again = open();
    EXPECT_EQ(fs::status(file).permissions(), static_cast<fs::perms>(0600));
}

struct Damage {
    const char* name;
    std::string content;
    const char* says;
};

struct DamagedFile : SqliteStorageTest, testing::WithParamInterface<Damage> {};

TEST_P(DamagedFile, IsRefusedWithItsNameAndNeverOverwritten) {
    fs::create_directories(state);
    std::ofstream(file) << GetParam().content;
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::corrupt);
    EXPECT_NE(error.message.find(file.string()), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(GetParam().says), std::string::npos) << error.message;
    std::stringstream after;
    after << std::ifstream(file).rdbuf();
    EXPECT_EQ(after.str(), GetParam().content);
    EXPECT_EQ(SqliteLedger::open(state).error().code, ErrorCode::corrupt);
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedFile,
    testing::Values(Damage{"text", "hello, this is no database at all\n", "not a database"},
                    Damage{"zeros", std::string(8192, '\0'), "not a database"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(SqliteStorageTest, AForeignDatabaseIsRefused) {
    fs::create_directories(state);
    execute("CREATE TABLE theirs(x); PRAGMA user_version = 3;");
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::corrupt);
    EXPECT_NE(error.message.find("not a ledger of quantum"), std::string::npos) << error.message;
}

TEST_F(SqliteStorageTest, ANewerVersionIsRefusedByNumber) {
    { const auto first = open(); }
    execute("PRAGMA user_version = 99");
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::corrupt);
    EXPECT_NE(error.message.find("version 99"), std::string::npos) << error.message;
}

TEST_F(SqliteStorageTest, ALedgerThatIsNotThereIsNotFoundAndNotMade) {
    const auto ledger = SqliteLedger::open(state);
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().code, ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(state));
}

// -- Versions --------------------------------------------------------------------------------

TEST_F(SqliteStorageTest, ALedgerOfVersion1IsBroughtForwardWithAllItHolds) {
    fs::create_directories(state);
    std::stringstream dump;
    dump << std::ifstream(test::test_data("fixtures/version_1.sql")).rdbuf();
    ASSERT_FALSE(dump.str().empty());
    execute(dump.str());
    const auto older = SqliteLedger::open(state);
    ASSERT_FALSE(older);
    EXPECT_NE(older.error().message.find("version 1"), std::string::npos) << older.error().message;

    const auto storage = open();
    const auto snapshot = storage->load();
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_TRUE(storage->problems().empty());
    EXPECT_EQ(snapshot->jobs->size(), 3u);
    EXPECT_EQ(snapshot->open.size(), 2u);
    EXPECT_EQ(snapshot->watermark, noon);
    EXPECT_EQ(snapshot->last_batch, 4u);
    EXPECT_EQ(snapshot->step->pass, 1u);
    const auto beat = storage->entries({.job = "beat"});
    ASSERT_EQ(beat->size(), 1u);
    EXPECT_EQ(beat->at(0).count, 21u);
    EXPECT_EQ(beat->at(0).until, noon - 20min);
    EXPECT_EQ(storage->entries({.state = EntryState::failed})->at(0).outcome->exit_code, 3);
    EXPECT_EQ(storage->revisions("ping")->size(), 2u);
    EXPECT_TRUE(storage->ledger().integrity_check());

    // What the new version added works.
    store(*storage, {.id = 5, .audit = {{noon, "cli", "pause", "ping", ""}}});
    EXPECT_EQ(storage->audit(10)->size(), 1u);
}

TEST_F(SqliteStorageTest, EachVersionOnTheWayIsReachedFromTheOneBefore) {
    fs::create_directories(state);
    for (int version = 1; version <= sqlite::newest_schema_version(); ++version) {
        std::ofstream(file, std::ios::trunc).close();
        sqlite::Database database(placed(file), sqlite::Database::Mode::read_write, 0ms);
        for (int step = 1; step <= version; ++step) sqlite::migrate(database, step);
        EXPECT_EQ(sqlite::schema_version(database), version);
        sqlite::migrate(database);
        EXPECT_EQ(sqlite::schema_version(database), sqlite::newest_schema_version());
    }
}

// -- Checks and backups ----------------------------------------------------------------------

struct FilledLedger : SqliteStorageTest {
    std::unique_ptr<SqliteStorage> storage = open();

    void SetUp() override {
        std::uint64_t number = 0;
        for (std::uint64_t hour = 0; hour < 48; ++hour) {
            Batch batch{.id = hour + 1};
            for (std::uint64_t i = 0; i < 60; ++i) {
                batch.claims.push_back(
                    entry_at(noon + hour * 1h + i * 1min, "a", ++number, EntryState::succeeded));
            }
            batch.watermark = batch.claims.back().due;
            store(*storage, batch);
        }
    }
};

TEST_F(FilledLedger, ChecksFindNothingInAHealthyFile) {
    EXPECT_TRUE(storage->ledger().quick_check());
    EXPECT_TRUE(storage->ledger().integrity_check());
}

TEST_F(FilledLedger, ChecksFindWhatIsDamaged) {
    storage.reset();
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(40 * 4096 + 100);
        bytes << std::string(3000, 'x');
    }
    const auto ledger = SqliteLedger::open(state);
    ASSERT_TRUE(ledger) << ledger.error().message;
    const auto quick = (*ledger)->quick_check();
    const auto full = (*ledger)->integrity_check();
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::corrupt);
    EXPECT_FALSE(quick);
}

TEST_F(FilledLedger, ABackupIsTheLedgerAsItStoodAtTheCall) {
    const fs::path copy = directory.path() / "restored" / "ledger.db";
    fs::create_directories(copy.parent_path());
    std::size_t told = 0;
    std::uint64_t batch = 100;
    // A batch that comes while pages are being copied is not in the copy, and disturbs nothing.
    ASSERT_TRUE(storage->ledger().backup(copy, [&](std::size_t pages, std::size_t all) {
        ++told;
        EXPECT_LE(pages, all);
        store(*storage, {.id = batch, .claims = {entry_at(noon + 90h, "late", batch)}});
        ++batch;
    }));
    EXPECT_GT(told, 0u);

    const auto restored = SqliteStorage::open(copy.parent_path());
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_TRUE((*restored)->ledger().integrity_check());
    EXPECT_EQ((*restored)->entries({.job = "a", .limit = 10'000})->size(), 48u * 60u);
    EXPECT_TRUE((*restored)->entries({.job = "late"})->empty());
    EXPECT_EQ((*restored)->load()->last_batch, 48u);
}

TEST_F(FilledLedger, ABackupNeverReplacesAFileAndLeavesNoHalfOne) {
    const fs::path taken = directory.path() / "taken.db";
    std::ofstream(taken) << "precious";
    const auto refused = storage->ledger().backup(taken);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
    EXPECT_EQ(fs::file_size(taken), 8u);

    EXPECT_EQ(storage->ledger().backup(directory.path() / "no" / "where.db").error().code,
              ErrorCode::io_error);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory.path())) ++files;
    EXPECT_EQ(files, 2u);  // the state directory and the taken file
}

// -- Retention -------------------------------------------------------------------------------

TEST_F(FilledLedger, RetentionRemovesTheOldestInSmallSteps) {
    const Retention retention{.output_before = {}, .ledger_before = noon + 10h, .step = 100};
    std::size_t calls = 0;
    std::size_t left = 48 * 60;
    while (true) {
        const auto more = storage->prune(retention);
        ASSERT_TRUE(more) << more.error().message;
        ++calls;
        const std::size_t now = storage->entries({.limit = 10'000})->size();
        EXPECT_LE(left - now, 100u);
        left = now;
        if (!*more) break;
    }
    EXPECT_EQ(left, 38u * 60u);
    EXPECT_EQ(calls, 7u);
    EXPECT_EQ(storage->entries({.limit = 10'000})->front().due, noon + 10h);
    EXPECT_EQ(storage->bounds()->from, noon + 10h);
    EXPECT_TRUE(storage->ledger().integrity_check());
}

TEST_F(SqliteStorageTest, RetentionNeverTakesWhatIsOpenOrReachesAboveTheWatermark) {
    const auto storage = open();
    const Entry open_entry = entry_at(noon - 100h, "a", 1, EntryState::claimed);
    const Entry old = entry_at(noon - 99h, "a", 2, EntryState::succeeded);
    Entry stretch = entry_at(noon - 98h, "a", 3, EntryState::skipped);
    stretch.until = noon + 1h;
    stretch.count = 100;
    const Entry upon = entry_at(noon, "a", 4, EntryState::succeeded);
    const Entry above = entry_at(noon + 1h, "a", 5, EntryState::succeeded);
    store(*storage, {.id = 1, .claims = {open_entry, old, stretch, upon, above}});
    const Retention retention{.output_before = noon + 200h, .ledger_before = noon + 200h};

    // No watermark: nothing is known to be decided.
    ASSERT_TRUE(storage->prune(retention));
    EXPECT_EQ(storage->entries({})->size(), 5u);

    store(*storage, {.id = 2, .watermark = noon});
    ASSERT_TRUE(storage->prune(retention));
    const auto left = storage->entries({});
    ASSERT_EQ(left->size(), 4u);
    EXPECT_TRUE(same(left->at(0), open_entry));
    EXPECT_TRUE(same(left->at(1), stretch));
    EXPECT_EQ(storage->bounds()->from, noon);
}

TEST_F(SqliteStorageTest, RetentionTakesOutputFirstAndOldRevisionsAndNotesWithTheLedger) {
    const auto storage = open();
    const Entry entry = entry_at(noon, "a", 1);
    Finish finish = finish_of(entry);
    finish.output = CapturedOutput{"text", "", 4};
    store(*storage, {.id = 1,
                     .jobs = {added(job_named("a"), noon - 1h)},
                     .claims = {entry},
                     .watermark = noon + 10h,
                     .audit = {{noon, "cli", "add", "a", ""}}});
    store(*storage, {.id = 2,
                     .jobs = {added(job_named("a", "0 3 * * *"), noon + 1h, 2)},
                     .finishes = {finish}});

    ASSERT_TRUE(storage->prune({.output_before = noon + 1s, .ledger_before = {}}));
    EXPECT_FALSE(storage->output(entry.id));
    EXPECT_TRUE(storage->entry(entry.id.text()));

    ASSERT_TRUE(storage->prune({.output_before = {}, .ledger_before = noon + 2h}));
    EXPECT_FALSE(storage->entry(entry.id.text()));
    EXPECT_EQ(storage->revisions("a")->size(), 1u);
    EXPECT_TRUE(storage->audit(10)->empty());
    EXPECT_EQ(storage->load()->jobs->size(), 1u);
}

}  // namespace
}  // namespace quantum::test
