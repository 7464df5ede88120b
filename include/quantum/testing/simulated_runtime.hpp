#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "quantum/runtime.hpp"

namespace quantum {

struct SimulatedRuntimeOptions {
    /// The probability that a turn crashes, 0 to 1.
    double crash_probability = 0;
    /// Additional turns that crash, counted from 1.
    std::vector<std::uint64_t> crash_turns{};
    /// Which runnables may be crashed. Empty: all.
    std::function<bool(const Runnable&)> crashable{};
};

/// Runs stages on the calling thread, one message per turn, in an order derived from a seed.
///
/// The same seed gives the same run (the same turns in the same order, the same crashes), as long
/// as the stages themselves are deterministic. `StageRef::call` from outside runs turns until the
/// reply has arrived; handlers must not block.
///
///     SimulatedClock clock(at("2024-02-29 00:00:00"));
///     SimulatedRuntime runtime(7, {.crash_probability = 0.01});
///     StageSystem stages(runtime, clock);
///     …
///     runtime.run_until_idle();
///
/// Thread-safety: none; for use by one thread.
class SimulatedRuntime final : public Runtime {
public:
    explicit SimulatedRuntime(std::uint64_t seed, SimulatedRuntimeOptions options = {});

    void post(std::shared_ptr<Runnable> work) override;
    [[nodiscard]] Waiting waiting() const override;

    /// Runs one turn. Returns false if nothing is runnable.
    bool run_one() override;

    /// Runnables for which this returns true get no turn, as if one of their handlers hung, until
    /// the next `hold`. Empty: none.
    void hold(std::function<bool(const Runnable&)> held) { held_ = std::move(held); }

    /// Runs turns until nothing is runnable, at most `limit`. Returns the number of turns.
    std::size_t run_until_idle(std::size_t limit = 100'000'000);

    /// True if nothing is runnable, except possibly what is held.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] std::uint64_t turns() const { return turns_; }
    [[nodiscard]] std::uint64_t crashes() const { return crashes_; }
    /// Equal for equal runs, and almost certainly different for different ones.
    [[nodiscard]] std::uint64_t trace_hash() const { return trace_; }

    void set_crash_probability(double probability) { options_.crash_probability = probability; }

private:
    std::uint64_t draw();
    bool draw_crash(const Runnable& work);
    std::size_t set_held_apart();

    SimulatedRuntimeOptions options_;
    std::function<bool(const Runnable&)> held_;
    std::uint64_t state_;
    std::vector<std::shared_ptr<Runnable>> ready_;
    std::uint64_t turns_ = 0;
    std::uint64_t crashes_ = 0;
    std::uint64_t trace_ = 0xcbf29ce484222325U;
    bool in_turn_ = false;
};

}  // namespace quantum
