// How long does it take to check a ledger of a million due times, with and without witnesses?
#include "quantum/verify.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

namespace {

using quantum::Dialect;
using quantum::Duration;
using quantum::Entry;
using quantum::EntryState;
using quantum::WallTime;
namespace verify = quantum::verify;

constexpr std::size_t wanted = 1'000'000;

quantum::ExecutionId id_of(std::uint64_t number) {
    quantum::ExecutionId id;
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    id.bytes[0] = 1;
    return id;
}

// Jobs of every density in five zones over half a year, each due time run at once for a second.
verify::History history(bool with_witnesses) {
    using namespace std::chrono_literals;
    const verify::ScheduleText texts[] = {
        {"*/5 * * * *", Dialect::cron, "UTC", {}},
        {"*/15 * * * *", Dialect::cron, "America/New_York", {}},
        {"0 * * * *", Dialect::cron, "Europe/Zurich", {}},
        {"30 2 * * *", Dialect::cron, "Australia/Sydney", {}},
        {"*/20 2,8,14 * * 1-5", Dialect::quantum, "Asia/Kolkata", {}},
    };
    verify::History made;
    if (with_witnesses) made.witnesses.emplace();
    const WallTime from(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1));
    const WallTime to = from + std::chrono::days(180);
    for (std::uint64_t number = 0; made.entries.size() < wanted; ++number) {
        verify::JobRevision revision;
        revision.job = "job-" + std::to_string(number);
        revision.effective_from = from;
        revision.schedules.push_back(texts[number % std::size(texts)]);
        for (const WallTime due :
             verify::reference_times(revision.schedules.front(), from, to).due) {
            if (made.entries.size() == wanted) {
                revision.effective_to = due - Duration(1);
                break;
            }
            Entry entry;
            entry.id = id_of(made.entries.size() + 1);
            entry.job = revision.job;
            entry.due = entry.until = entry.claimed_at = due;
            entry.state = EntryState::succeeded;
            entry.handed_at = due;
            entry.ended_at = due + 1s;
            made.entries.push_back(entry);
            if (!with_witnesses) continue;
            verify::Witness witness;
            witness.id = entry.id;
            witness.job = entry.job;
            witness.due = witness.started_wall = due;
            witness.started = quantum::BootTime(due.time_since_epoch());
            witness.ended = witness.started + 1s;
            made.witnesses->push_back(witness);
        }
        made.jobs.push_back(std::move(revision));
    }
    made.watermark = made.now = to;
    return made;
}

void check_a_million(benchmark::State& state) {
    const verify::History made = history(state.range(0) != 0);
    std::size_t due_times = 0;
    for (auto _ : state) {
        const verify::Report report = verify::check(made);
        if (!report.clean()) state.SkipWithError(verify::to_text(report).c_str());
        due_times = report.due_times;
    }
    state.counters["due_times"] = static_cast<double>(due_times);
}
BENCHMARK(check_a_million)->ArgName("witnesses")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
