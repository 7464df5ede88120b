// How many durable executions (claim and finish) a second does the SQLite ledger take, against a
// bare loop over the same statements, tables and group sizes? How long does a start with a million
// jobs take, and how long the history of one job among many?
//
// Two ways into the ledger: `commit` called in the same thread, and through a storage thread that
// gets a batch and gives an answer, as in the daemon. Slices of the three are interleaved so that
// the machine's moods hit all of them; the median over the rounds is what counts. The files lie in
// TMPDIR; QUANTUM_LONG=1 fills the history with 10,000,000 executions instead of 1,000,000;
// QUANTUM_BRIEF=1 makes it some seconds, without the bare loop, with a tenth of the jobs and
// history.
#include "quantum/storage/sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "quantum/command.hpp"
#include "quantum/storage/ledger.hpp"
#include "quantum/storage/storage.hpp"

#include "figures.hpp"
#include "sqlite_way.hpp"

namespace quantum {
namespace {

namespace fs = std::filesystem;

constexpr int rounds = 9;
constexpr std::chrono::milliseconds slice(400);
constexpr std::chrono::milliseconds brief_slice(150);

Outcome success() {
    Outcome outcome;
    outcome.duration = std::chrono::milliseconds(20);
    return outcome;
}

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

// Both ways into the ledger alone, for a comparison with the same of another commit.
void durable_executions_brief(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] auto once : state) {
        Direct direct(size);
        Staged staged(size);
        for (Way* way : {static_cast<Way*>(&direct), static_cast<Way*>(&staged)}) {
            (void)way->a_second(brief_slice);
        }
        state.counters["direct/s"] = direct.a_second(brief_slice);
        state.counters["staged/s"] = staged.a_second(brief_slice);
    }
}

void durable_executions(benchmark::State& state) {
    if (brief_run()) return durable_executions_brief(state);
    const auto size = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] auto once : state) {
        const std::unique_ptr<Way> bare = bare_way(size);
        Direct direct(size);
        Staged staged(size);
        std::vector<Way*> ways{bare.get(), &direct, &staged};
        for (Way* way : ways) (void)way->a_second(slice);  // the files are made, the caches warm
        std::vector<std::vector<double>> speeds(ways.size());
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t turn = 0; turn < ways.size(); ++turn) {
                const std::size_t way = (turn + static_cast<std::size_t>(round)) % ways.size();
                speeds[way].push_back(ways[way]->a_second(slice));
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

// How many executions a history has.
std::uint64_t many() {
    if (brief_run()) return 100'000;
    return std::getenv("QUANTUM_LONG") != nullptr ? 10'000'000 : 1'000'000;
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

// Evenly over 90 days, at least 1000 executions of each job.
void fill_history(const fs::path& path, std::uint64_t count) {
    auto storage = SqliteStorage::open(path);
    if (!storage) die(storage.error().message);
    const std::uint64_t names = brief_run() ? 100 : 1000;
    const Duration apart = Duration(std::chrono::hours(24 * 90)) /
                           static_cast<std::int64_t>(std::max<std::uint64_t>(count / names, 1));
    Load ids(names);
    Batch batch;
    WallTime due{std::chrono::sys_days{std::chrono::year{2026} / 8 / 1}};
    for (std::uint64_t done = 0; done <= count; done += names, due += apart) {
        batch.finishes.clear();
        for (const Entry& entry : batch.claims) {
            batch.finishes.push_back({entry.id, 1, success(), entry.due + Duration(20'000)});
        }
        batch.claims.clear();
        if (done < count) ids.next(batch.claims);
        for (std::uint64_t i = 0; i < batch.claims.size(); ++i) {
            Entry& entry = batch.claims[i];
            entry.job = Load::name(i);
            entry.due = entry.until = entry.claimed_at = due;
            set_handed_at(entry, due);
        }
        ++batch.id;
        if ((*storage)->commit(batch).status != CommitStatus::done) die("storing the history");
    }
}

// Filled once, however often the benchmark library calls.
const fs::path& filled_state() {
    static const Directory directory;
    static const fs::path path = [] {
        fs::path state = directory.path() / "state";
        fill_history(state, many());
        return state;
    }();
    return path;
}

void history_of_one_job(benchmark::State& state) {
    const auto ledger = SqliteLedger::open(filled_state());
    if (!ledger) die(ledger.error().message);
    const EntryQuery query{.job = Load::name(50),
                           .limit = static_cast<std::size_t>(state.range(0))};
    for ([[maybe_unused]] auto once : state) {
        const auto found = (*ledger)->entries(query);
        if (!found || found->empty()) die("history");
        benchmark::DoNotOptimize(found->front());
    }
    state.counters["executions"] = static_cast<double>(many());
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
    ->Arg(brief_run() ? 100'000 : 1'000'000)
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
