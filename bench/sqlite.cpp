// How many durable executions (claim and finish) a second does the SQLite ledger take, against a
// bare loop over the same statements, tables and group sizes? How long does a start with a million
// jobs take, and how long the history of one job among many?
//
// Two ways into the ledger: `commit` called in the same thread, and through a storage thread that
// gets a batch and gives an answer, as in the daemon. Slices of the three are interleaved so that
// the machine's moods hit all of them; the median over the rounds is what counts. The files lie in
// TMPDIR; QUANTUM_LONG=1 fills the history with 10,000,000 executions instead of 1,000,000.
#include "quantum/sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include "quantum/command.hpp"
#include "quantum/ledger.hpp"
#include "quantum/storage.hpp"

#include "storage/sqlite/entry_row.hpp"
#include "storage/sqlite/schema.hpp"

namespace quantum {
namespace {

using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::uint64_t jobs = 10'000;
constexpr int rounds = 9;
constexpr std::chrono::milliseconds slice(400);

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::abort();
}

class Directory {
public:
    Directory() {
        std::string pattern = (fs::temp_directory_path() / "quantum-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) die("no directory for the files");
        path_ = pattern;
    }
    ~Directory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// The executions of one group after the other: random jobs, in the order of their key.
class Load {
public:
    explicit Load(std::size_t group) : group_(group) {}

    void next(std::vector<Entry>& entries) {
        due_ += std::chrono::seconds(1);
        picked_.clear();
        while (picked_.size() < group_) picked_.push_back(random_() % jobs);
        std::sort(picked_.begin(), picked_.end());
        entries.resize(group_);
        for (std::size_t i = 0; i < group_; ++i) {
            Entry& entry = entries[i];
            // Several runs of one job in a group are some microseconds apart.
            entry.due = due_ + Duration(i);
            entry.until = entry.due;
            entry.job = name(picked_[i]);
            entry.state = EntryState::started;
            entry.claimed_at = entry.due + Duration(300);
            entry.started_at = entry.claimed_at;
            put(entry.id, 0, 6, static_cast<std::uint64_t>(due_.time_since_epoch().count()) / 1000);
            put(entry.id, 6, 8, ++number_);
        }
    }

    static std::string name(std::uint64_t job) { return "nightly-report-" + std::to_string(job); }
    [[nodiscard]] const std::vector<std::uint64_t>& picked() const { return picked_; }
    [[nodiscard]] WallTime due() const { return due_; }

private:
    static void put(ExecutionId& id, std::size_t at, std::size_t count, std::uint64_t value) {
        for (std::size_t i = 0; i < count; ++i) {
            id.bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
        }
    }

    std::size_t group_;
    std::mt19937_64 random_{1};
    std::vector<std::uint64_t> picked_;
    WallTime due_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
    std::uint64_t number_ = 0;
};

Outcome success() {
    Outcome outcome;
    outcome.duration = std::chrono::milliseconds(20);
    return outcome;
}

// One way to make executions durable: claims of one group and ends of the one before, together.
class Way {
public:
    virtual ~Way() = default;
    virtual std::size_t group() = 0;

    double a_second() {
        std::size_t done = 0;
        const auto begin = steady_clock::now();
        while (steady_clock::now() - begin < slice) done += group();
        return static_cast<double>(done) /
               std::chrono::duration<double>(steady_clock::now() - begin).count();
    }
};

// ---- the bare loop: the C interface and nothing else ------------------------------------------

class Bare final : public Way {
public:
    explicit Bare(std::size_t size) : load_(size) {
        const fs::path file = directory_.path() / "bare.db";
        if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) die("bare: open");
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = FULL");
        run("PRAGMA cache_size = -32768");
        sqlite3_close(database_);
        {
            sqlite::Database tables(file.string(), sqlite::Database::Mode::read_write, {});
            sqlite::migrate(tables);
        }
        if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) die("bare: open again");
        run("PRAGMA synchronous = FULL");
        run("PRAGMA cache_size = -32768");
        insert_ = prepare(sqlite::insert_entry);
        finish_ = prepare(
            "UPDATE entry SET state = ?2, attempt = ?3, ended_at = ?4, outcome = ?5, "
            "exit_code = ?6, signal = ?7, duration = ?8, why = ?9, result = ?10 "
            "WHERE id = ?1 AND state < 2");
        state_ = prepare(
            "UPDATE state SET last_batch = ?1, watermark = coalesce(?2, watermark) WHERE one = 1");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
    }
    ~Bare() override {
        for (sqlite3_stmt* statement : {insert_, finish_, state_, begin_, commit_}) {
            sqlite3_finalize(statement);
        }
        sqlite3_close(database_);
    }

    std::size_t group() override {
        load_.next(entries_);
        step(begin_);
        for (const Entry& entry : open_) finish(entry);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            insert(entries_[i], static_cast<std::int64_t>(load_.picked()[i]) + 1);
        }
        sqlite3_bind_int64(state_, 1, ++batch_);
        sqlite3_bind_int64(state_, 2, load_.due().time_since_epoch().count());
        step(state_);
        step(commit_);
        std::swap(open_, entries_);
        return open_.size();
    }

private:
    void run(const char* sql) {
        if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) die(sql);
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                               nullptr) != SQLITE_OK) {
            die(sqlite3_errmsg(database_));
        }
        return statement;
    }
    void step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_errmsg(database_));
        sqlite3_reset(statement);
    }
    void insert(const Entry& entry, std::int64_t job) {
        const auto claimed = entry.claimed_at.time_since_epoch().count();
        sqlite3_bind_int64(insert_, 1, entry.due.time_since_epoch().count());
        sqlite3_bind_int64(insert_, 2, job);
        for (const int zero : {3, 4, 5, 9}) sqlite3_bind_int64(insert_, zero, 0);
        sqlite3_bind_blob(insert_, 6, entry.id.bytes.data(), 16, SQLITE_STATIC);
        for (const int one : {7, 8, 10, 16}) sqlite3_bind_int64(insert_, one, 1);
        sqlite3_bind_int64(insert_, 12, claimed);
        sqlite3_bind_int64(insert_, 13, claimed);
        step(insert_);
    }
    void finish(const Entry& entry) {
        sqlite3_bind_blob(finish_, 1, entry.id.bytes.data(), 16, SQLITE_STATIC);
        sqlite3_bind_int64(finish_, 2, 2);
        sqlite3_bind_int64(finish_, 3, 1);
        sqlite3_bind_int64(finish_, 4, entry.due.time_since_epoch().count() + 20'000);
        sqlite3_bind_int64(finish_, 5, 0);
        sqlite3_bind_int64(finish_, 8, 20'000);
        step(finish_);
    }

    Directory directory_;
    Load load_;
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* finish_ = nullptr;
    sqlite3_stmt* state_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    std::int64_t batch_ = 0;
    std::vector<Entry> entries_;
    std::vector<Entry> open_;
};

// ---- the adapter ------------------------------------------------------------------------------

class Direct : public Way {
public:
    explicit Direct(std::size_t size) : load_(size) {
        auto opened = SqliteStorage::open(directory_.path() / "state");
        if (!opened) die(opened.error().message);
        storage_ = std::move(*opened);
    }

    std::size_t group() override {
        Batch& batch = batch_;
        batch.finishes.clear();
        for (const Entry& entry : batch.claims) {
            batch.finishes.push_back({entry.id, 1, success(), entry.due + Duration(20'000)});
        }
        load_.next(batch.claims);
        batch.watermark = load_.due();
        ++batch.id;
        commit(batch);
        return batch.claims.size();
    }

protected:
    virtual void commit(const Batch& batch) { store(batch); }
    void store(const Batch& batch) {
        const CommitResult result = storage_->commit(batch);
        if (result.status != CommitStatus::done) die(result.reason);
    }

private:
    Directory directory_;
    Load load_;
    Batch batch_;
    std::unique_ptr<SqliteStorage> storage_;
};

class Staged final : public Direct {
public:
    explicit Staged(std::size_t size) : Direct(size) {
        thread_ = std::thread([this] { serve(); });
    }
    ~Staged() override {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

private:
    void commit(const Batch& batch) override {
        std::unique_lock lock(mutex_);
        waiting_ = &batch;
        changed_.notify_all();
        changed_.wait(lock, [this] { return waiting_ == nullptr; });
    }
    void serve() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [this] { return stop_ || waiting_ != nullptr; });
            if (stop_) return;
            lock.unlock();
            store(*waiting_);
            lock.lock();
            waiting_ = nullptr;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    const Batch* waiting_ = nullptr;
    bool stop_ = false;
    std::thread thread_;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void durable_executions(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] auto once : state) {
        Bare bare(size);
        Direct direct(size);
        Staged staged(size);
        std::vector<Way*> ways{&bare, &direct, &staged};
        for (Way* way : ways) (void)way->a_second();  // the files are made, the caches warm
        std::vector<std::vector<double>> speeds(ways.size());
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t turn = 0; turn < ways.size(); ++turn) {
                const std::size_t way = (turn + static_cast<std::size_t>(round)) % ways.size();
                speeds[way].push_back(ways[way]->a_second());
            }
        }
        std::vector<double> direct_ratio;
        std::vector<double> staged_ratio;
        for (std::size_t i = 0; i < speeds[0].size(); ++i) {
            direct_ratio.push_back(speeds[1][i] / speeds[0][i]);
            staged_ratio.push_back(speeds[2][i] / speeds[0][i]);
        }
        state.counters["bare/s"] = median(speeds[0]);
        state.counters["direct/s"] = median(speeds[1]);
        state.counters["staged/s"] = median(speeds[2]);
        state.counters["direct/bare"] = median(direct_ratio);
        state.counters["staged/bare"] = median(staged_ratio);
    }
}

// ---- start and history ------------------------------------------------------------------------

void start_with_jobs(benchmark::State& state) {
    const Directory directory;
    const fs::path path = directory.path() / "state";
    const auto count = static_cast<std::uint64_t>(state.range(0));
    {
        auto storage = SqliteStorage::open(path);
        if (!storage) die(storage.error().message);
        Batch batch;
        for (std::uint64_t i = 0; i < count; ++i) {
            Job job;
            (void)job.set_name(Load::name(i));
            (void)job.set_schedule(std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) +
                                   " * * *");
            Command command;
            command.argv = {"/usr/bin/report", "--number", std::to_string(i)};
            command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}};
            (void)job.set_task(std::move(command));
            StoredJob stored;
            stored.job = JobRef(std::move(job));
            batch.jobs.push_back({JobChangeKind::added, Load::name(i), std::move(stored)});
            if (batch.jobs.size() == 50'000 || i + 1 == count) {
                ++batch.id;
                if ((*storage)->commit(batch).status != CommitStatus::done) die("storing jobs");
                batch.jobs.clear();
            }
        }
    }
    for ([[maybe_unused]] auto once : state) {
        auto storage = SqliteStorage::open(path);
        if (!storage) die(storage.error().message);
        auto snapshot = (*storage)->load();
        if (!snapshot || snapshot->jobs->size() != count) die("loading jobs");
        state.PauseTiming();
        snapshot->jobs.reset();
        storage->reset();
        state.ResumeTiming();
    }
}

// Written past the adapter, as fast as the file can be filled: 1000 jobs, evenly over 90 days.
void fill_history(const fs::path& path, std::uint64_t count) {
    {
        auto storage = SqliteStorage::open(path);
        if (!storage) die(storage.error().message);
    }
    constexpr std::uint64_t names = 1000;
    sqlite::Database database((path / "ledger.db").string(), sqlite::Database::Mode::read_write,
                              {});
    database.execute("PRAGMA synchronous = OFF");
    database.execute("BEGIN");
    auto name = database.prepare("INSERT INTO name(id, text) VALUES (?1, ?2)");
    for (std::uint64_t i = 0; i < names; ++i) {
        name.bind(1, static_cast<std::int64_t>(i + 1)).bind(2, Load::name(i)).run();
    }
    auto insert = database.prepare(sqlite::insert_entry);
    const Duration apart = Duration(std::chrono::hours(24 * 90)) /
                           static_cast<std::int64_t>(std::max<std::uint64_t>(count / names, 1));
    Load ids(names);
    std::vector<Entry> entries;
    WallTime due{std::chrono::sys_days{std::chrono::year{2026} / 8 / 1}};
    for (std::uint64_t done = 0; done < count; done += names, due += apart) {
        ids.next(entries);
        for (std::uint64_t i = 0; i < names; ++i) {
            Entry& entry = entries[i];
            entry.due = due;
            entry.until = due;
            entry.state = EntryState::succeeded;
            entry.outcome = success();
            entry.ended_at = due;
            sqlite::bind_entry(insert, entry, static_cast<std::int64_t>(i + 1), 0);
            insert.run();
        }
        if (done % 1'000'000 == 0) {
            database.execute("COMMIT");
            database.execute("BEGIN");
        }
    }
    database.execute("COMMIT");
}

void history_of_one_job(benchmark::State& state) {
    const Directory directory;
    const fs::path path = directory.path() / "state";
    const std::uint64_t count = std::getenv("QUANTUM_LONG") != nullptr ? 10'000'000 : 1'000'000;
    fill_history(path, count);
    const auto ledger = SqliteLedger::open(path);
    if (!ledger) die(ledger.error().message);
    const EntryQuery query{.job = Load::name(500),
                           .limit = static_cast<std::size_t>(state.range(0))};
    for ([[maybe_unused]] auto once : state) {
        const auto found = (*ledger)->entries(query);
        if (!found || found->empty()) die("history");
        benchmark::DoNotOptimize(found->front());
    }
    state.counters["executions"] = static_cast<double>(count);
}

BENCHMARK(durable_executions)
    ->ArgName("group")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK(start_with_jobs)
    ->ArgName("jobs")
    ->Arg(1'000'000)
    ->Iterations(3)
    ->Unit(benchmark::kSecond);
BENCHMARK(history_of_one_job)
    ->ArgName("page")
    ->Arg(100)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace quantum

BENCHMARK_MAIN();
