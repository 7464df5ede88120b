#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantum/runner/runner.hpp"

#include "simulation/forecast.hpp"

namespace quantum::simulation {

/// Lets runs take their expected time, and counts them.
///
/// Uses one timer, however many runs there are: a year has millions of them. Thread-safety: none;
/// for use by one thread.
class ForecastRunner final : public Runner {
public:
    ForecastRunner(Clock& clock, const ForecastOptions& options, Forecast& forecast);
    /// Reports what is still running, so that nobody waits for it.
    ~ForecastRunner() override;
    ForecastRunner(const ForecastRunner&) = delete;
    ForecastRunner& operator=(const ForecastRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

    /// The index of a job of the forecast.
    [[nodiscard]] std::size_t index_of(const Job& job);
    [[nodiscard]] std::uint64_t running() const { return running_; }
    /// Closes the last instant.
    void close_instant();

private:
    struct UnderWay {
        BootTime end;
        std::uint64_t number = 0;
        std::size_t job = 0;
        OutcomeKind outcome = OutcomeKind::succeeded;
        BootTime began;
        Execution execution;

        bool operator<(const UnderWay& other) const {
            return std::pair(end, number) > std::pair(other.end, other.number);
        }
    };

    void begin(std::size_t job, std::uint32_t attempt);
    void end(const UnderWay& run);
    void end_due();
    void arm();

    Clock& clock_;
    Forecast& forecast_;
    RunObserver* observer_ = nullptr;
    std::unordered_map<std::string_view, std::size_t> by_name_;
    std::unordered_map<const Job*, std::size_t> by_address_;
    std::vector<ExpectedRun> expected_;
    std::vector<std::uint64_t> open_;  // by job
    std::uint64_t running_ = 0;
    std::uint64_t started_ = 0;
    BusyInstant instant_;
    std::priority_queue<UnderWay> under_way_;
    std::optional<Clock::TimerId> timer_;
    BootTime timer_due_{};
};

}  // namespace quantum::simulation
