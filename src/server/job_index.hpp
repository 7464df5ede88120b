#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/storage/storage.hpp"

#include "server/feed.hpp"

namespace quantum::server {

/// How a job is, for those who look at many: one word.
enum class JobCondition : std::uint8_t { active, inactive, finished, paused };

[[nodiscard]] std::string_view to_string(JobCondition condition);

/// What the last run of a job did.
struct LastEnd {
    ExecutionId id;
    WallTime due{};
    WallTime ended_at{};
    Duration duration{};
    OutcomeKind outcome = OutcomeKind::succeeded;
    std::optional<int> exit_code{};
    int signal = 0;
};

/// The last 16 of something.
class Samples {
public:
    void add(Duration value);
    [[nodiscard]] bool empty() const { return count_ == 0; }
    /// 50: the median.
    [[nodiscard]] Duration percentile(unsigned percent) const;

private:
    static constexpr std::size_t most = 16;
    std::array<float, most> seconds_{};
    std::uint8_t count_ = 0;
    std::uint8_t next_ = 0;
};

/// A run in progress.
struct KnownRun {
    ExecutionId id;
    std::optional<WallTime> started_at{};
    int pid = 0;
};

/// What is known of a job's runs.
struct JobActivity {
    /// The worst of each of the last 24 hours, the newest last: '.' nothing, '+' succeeded, '-'
    /// skipped, '!' failed.
    static constexpr std::size_t hours = 24;
    std::array<char, hours> strip{};
    std::int64_t strip_hour = 0;  ///< hours since the epoch of the newest slot; 0: none yet
    std::optional<LastEnd> last{};
    std::uint32_t failures = 0;  ///< runs in a row that did not succeed
    Samples durations{};
    Samples latenesses{};
    std::vector<KnownRun> running{};

    void mark(WallTime at, char sign);
    /// The strip as of now.
    [[nodiscard]] std::string strip_at(WallTime now) const;
};

/// A job and what it does.
struct IndexedJob {
    JobRef ref;
    WallTime effective_from{};
    std::uint32_t revision = 0;
    std::unique_ptr<JobActivity> activity{};  ///< null: no run of it is known
    mutable WallTime next{};     ///< the next due time as last computed; the end of time: none
    mutable WallTime next_of{};  ///< …for this instant; the epoch: never

    [[nodiscard]] const Job& job() const { return *ref; }
    /// What runs of it.
    [[nodiscard]] std::span<const KnownRun> running() const;
};

/// What a list of jobs is restricted to; what is empty does not restrict it.
struct JobFilter {
    std::string prefix{};  ///< of the name
    std::string part{};    ///< of the name or the command
    std::vector<std::string> tags{};
    std::string source{};
    std::vector<JobCondition> conditions{};
    std::vector<std::string> outcomes{};
    std::vector<std::string> alarms{};
    std::optional<WallTime> due_before{};
};

enum class JobOrder : std::uint8_t { name, next, last, failures, p95 };

[[nodiscard]] std::optional<JobOrder> job_order_named(std::string_view word);

/// All jobs by name, with what they do: kept from telemetry, so that a list asks nobody.
///
/// Used on the API's thread only.
class JobIndex {
public:
    /// All that there are; what is known of their runs stays.
    void replace(std::vector<StoredJob> jobs);
    void take(const FeedEvent& event);
    /// From the ledger: what happened before the index was there, oldest first.
    void take_past(std::span<const Entry> entries);

    /// Null: there is none of that name.
    [[nodiscard]] const IndexedJob* find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return jobs_.size(); }
    /// Those that the filter lets through, in that order.
    [[nodiscard]] std::vector<const IndexedJob*> select(const JobFilter& filter, JobOrder order,
                                                        WallTime now) const;
    /// The names most like `name`, the nearest first.
    [[nodiscard]] std::vector<std::string> nearest(std::string_view name, std::size_t most) const;

    struct Counts {
        std::size_t jobs = 0;
        std::size_t paused = 0;
        std::size_t inactive = 0;
        std::size_t running = 0;  ///< runs
        std::size_t failing = 0;
    };
    [[nodiscard]] Counts counts(WallTime now) const;
    /// The job that is due first; null: none.
    [[nodiscard]] const IndexedJob* due_first(WallTime now) const;

    /// When it is due next, as far as its schedule says; a pause counts.
    [[nodiscard]] static std::optional<WallTime> next_due(const IndexedJob& job, WallTime now);
    [[nodiscard]] static JobCondition condition_of(const Job& job, WallTime now);
    /// "failing", "late", "stuck"; empty: nothing is wrong.
    [[nodiscard]] static std::string_view alarm_of(const IndexedJob& job);

private:
    void put(const StoredJob& stored);
    void remove(std::string_view name);
    static void ended(IndexedJob& job, const FeedEvent& event);
    static void take_past(IndexedJob& job, const Entry& entry);
    [[nodiscard]] static JobActivity& activity_of(IndexedJob& job);
    [[nodiscard]] static bool passes(const IndexedJob& job, const JobFilter& filter, WallTime now);

    /// In no order; found by `places_`, whose keys are the jobs' own names.
    std::vector<IndexedJob> jobs_;
    std::unordered_map<std::string_view, std::size_t> places_;
};

}  // namespace quantum::server
