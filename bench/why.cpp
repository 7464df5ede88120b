// How long does `quantum why` take, however large the ledger is? QUANTUM_WHY_ROWS=10000000 asks a
// ledger of ten million entries, which takes a few minutes to write.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/database.hpp"
#include "why/inquiry.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;

constexpr Duration period = 30min;
constexpr Duration kept = 24h * 90;
const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 12h};
const WallTime begin = now - kept;

std::uint64_t rows_wanted() {
    const char* wanted = std::getenv("QUANTUM_WHY_ROWS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1'000'000;
}

/// Ninety days of jobs that are due each half hour, and of one that is due once a month. Every
/// fourth day of a job is one row: it was paused. One run in fifty is in the way of the next.
class LargeLedger {
public:
    LargeLedger() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "quantum-why-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        add_jobs();
        add_entries();
        ledger_ = std::move(*SqliteLedger::open(directory_));
    }
    ~LargeLedger() { std::filesystem::remove_all(directory_); }
    LargeLedger(const LargeLedger&) = delete;
    LargeLedger& operator=(const LargeLedger&) = delete;

    [[nodiscard]] const SqliteLedger& ledger() const { return *ledger_; }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

private:
    static constexpr std::uint64_t rows_a_day = 24h / period;

    static std::string name(std::uint64_t job) { return "job-" + std::to_string(job); }

    void add_jobs() {
        const std::uint64_t days = kept / Duration(24h);
        jobs_ = rows_wanted() / (days * rows_a_day * 3 / 4) + 1;
        auto storage = std::move(*SqliteStorage::open(directory_));
        Batch batch{.id = 1};
        for (std::uint64_t at = 0; at <= jobs_; ++at) {
            Job job;
            static_cast<void>(job.set_name(at == jobs_ ? "monthly" : name(at)));
            static_cast<void>(job.set_schedule(at == jobs_ ? "0 3 1 * *" : "*/30 * * * *"));
            static_cast<void>(job.set_task(HandlerCall{"x", {}}));
            batch.jobs.push_back({JobChangeKind::added, job.name(), {JobRef(job), 1, begin}});
        }
        batch.watermark = now;
        batch.audit.push_back({begin, "scheduler", "start", "", ""});
        if (storage->commit(batch).status != CommitStatus::done) std::abort();
    }

    void add_entries() {
        const std::string file = directory_ + "/ledger.db";
        sqlite::Database database({AT_FDCWD, file, file}, sqlite::Database::Mode::read_write, 5s);
        database.execute("PRAGMA synchronous = OFF");
        database.execute("PRAGMA wal_autocheckpoint = 100000");
        const std::int64_t first = database.integer("SELECT id FROM name WHERE text = 'job-0'");
        sqlite::Statement insert = database.prepare(
            "INSERT INTO entry(due, job, pass, target, kind, id, revision, state, reason, attempt, "
            "claimed_at, handed_at, started_at, ended_at, until, count, outcome, duration) "
            "VALUES (?1, ?2, 0, 0, 0, ?3, 1, ?4, ?5, 1, ?1, ?1, ?1, ?6, ?7, ?8, ?9, 1000000)");
        database.execute("BEGIN");
        std::uint64_t number = 0;
        for (WallTime due = begin; due <= now; due += period) {
            const std::uint64_t day = static_cast<std::uint64_t>((due - begin) / Duration(24h));
            const bool is_midnight = (due - begin) % Duration(24h) == Duration::zero();
            for (std::uint64_t job = 0; job < jobs_; ++job) {
                const bool paused = (day + job) % 4 == 0;
                if (paused && !is_midnight) continue;
                const bool skipped = !paused && number % 50 == 1;
                const std::int64_t at = due.time_since_epoch().count();
                const std::string id = id_of(at, ++number);
                insert.bind(1, at).bind(2, first + static_cast<std::int64_t>(job));
                insert.bind_blob(3, id);
                insert.bind(4, paused || skipped ? 8 : 2).bind(5, paused ? 3 : skipped ? 1 : 0);
                insert.bind(6, at + (number % 50 == 0 ? 2'400'000'000 : 1'000'000));
                paused ? insert.bind(7, at + Duration(24h - period).count()) : insert.bind_null(7);
                insert.bind(8, paused ? static_cast<std::int64_t>(rows_a_day) : 1);
                paused || skipped ? insert.bind_null(9) : insert.bind(9, std::int64_t{0});
                insert.run();
            }
        }
        database.execute("COMMIT");
        rows_ = number;
    }

    static std::string id_of(std::int64_t due, std::uint64_t number) {
        std::string id(16, '\0');
        const std::int64_t ms = due / 1000;
        for (std::size_t at = 0; at < 6; ++at) id[at] = static_cast<char>(ms >> (40 - 8 * at));
        id[6] = 0x70;
        for (std::size_t at = 0; at < 8; ++at) {
            id[8 + at] = static_cast<char>(number >> (56 - 8 * at));
        }
        return id;
    }

    std::string directory_;
    std::uint64_t jobs_ = 0;
    std::uint64_t rows_ = 0;
    std::unique_ptr<SqliteLedger> ledger_;
};

const LargeLedger& large() {
    static const LargeLedger ledger;
    return ledger;
}

why::Setting setting() {
    why::Setting made{.now = now};
    made.presence.is_held = true;
    return made;
}

void ask_about(benchmark::State& state, const std::string& job, Duration back) {
    const LargeLedger& ledger = large();
    const why::Setting asked = setting();
    const why::Inquiry inquiry(ledger.ledger(), asked);
    std::string code;
    for (auto _ : state) {
        const auto answers = inquiry.about(job, {now - back, now - back});
        if (!answers) std::abort();
        code = to_string(answers->found.front().code());
    }
    state.SetLabel(code + ", " + std::to_string(ledger.rows()) + " rows");
}

void why_it_ran(benchmark::State& state) { ask_about(state, "job-7", 24h * 41 + 30min); }
void why_it_was_not_due(benchmark::State& state) { ask_about(state, "job-7", 24h * 40 + 15min); }
void why_it_was_paused(benchmark::State& state) { ask_about(state, "job-5", 24h * 46 + 14h); }

void why_last_and_next(benchmark::State& state) {
    const LargeLedger& ledger = large();
    const why::Setting asked = setting();
    const why::Inquiry inquiry(ledger.ledger(), asked);
    const std::string job = state.range(0) == 0 ? "job-7" : "monthly";
    for (auto _ : state) benchmark::DoNotOptimize(inquiry.last_and_next(job));
    state.SetLabel(job);
}

void why_now(benchmark::State& state) {
    const LargeLedger& ledger = large();
    const why::Setting asked = setting();
    const why::Inquiry inquiry(ledger.ledger(), asked);
    for (auto _ : state) benchmark::DoNotOptimize(inquiry.now("job-7"));
}

BENCHMARK(why_it_ran)->Unit(benchmark::kMillisecond);
BENCHMARK(why_it_was_not_due)->Unit(benchmark::kMillisecond);
BENCHMARK(why_it_was_paused)->Unit(benchmark::kMillisecond);
BENCHMARK(why_last_and_next)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(why_now)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace quantum

BENCHMARK_MAIN();
