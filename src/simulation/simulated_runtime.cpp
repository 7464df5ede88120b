#include "quantum/testing/simulated_runtime.hpp"

#include <algorithm>
#include <utility>

#include "simulation/mutant.hpp"

namespace quantum {
namespace {

constexpr std::uint64_t mixed(std::uint64_t word) {
    word = (word ^ (word >> 30U)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27U)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31U);
}

}  // namespace

SimulatedRuntime::SimulatedRuntime(std::uint64_t seed, SimulatedRuntimeOptions options)
    : options_(std::move(options)), state_(seed) {}

void SimulatedRuntime::post(std::shared_ptr<Runnable> work) { ready_.push_back(std::move(work)); }

Waiting SimulatedRuntime::waiting() const { return in_turn_ ? Waiting::refuse : Waiting::drive; }

std::uint64_t SimulatedRuntime::draw() {
    state_ += 0x9e3779b97f4a7c15U;
    return mixed(state_);
}

bool SimulatedRuntime::draw_crash(const Runnable& work) {
    bool crash = false;
    if (options_.crash_probability > 0) {
        constexpr double unit = 1.0 / static_cast<double>(std::uint64_t{1} << 53U);
        crash = static_cast<double>(draw() >> 11U) * unit < options_.crash_probability;
    }
    crash = crash || std::find(options_.crash_turns.begin(), options_.crash_turns.end(), turns_) !=
                         options_.crash_turns.end();
    return crash && (!options_.crashable || options_.crashable(work));
}

bool SimulatedRuntime::is_idle() const {
    if (!held_) return ready_.empty();
    return std::all_of(ready_.begin(), ready_.end(),
                       [this](const auto& work) { return held_(*work); });
}

/// Moves what is held behind the rest. How many the rest are.
std::size_t SimulatedRuntime::set_held_apart() {
    if (!held_ || mutated(simulation::SimulationMutant::held_work_runs)) return ready_.size();
    const auto held = std::stable_partition(ready_.begin(), ready_.end(),
                                            [this](const auto& work) { return !held_(*work); });
    return static_cast<std::size_t>(held - ready_.begin());
}

bool SimulatedRuntime::run_one() {
    if (in_turn_) return false;
    const std::size_t count = set_held_apart();
    if (count == 0) return false;
    ++turns_;
    const auto index = static_cast<std::size_t>(draw() % count);
    std::swap(ready_[index], ready_[count - 1]);
    std::swap(ready_[count - 1], ready_.back());
    const std::shared_ptr<Runnable> work = std::move(ready_.back());
    ready_.pop_back();

    bool crashes = false;
    if (draw_crash(*work)) {
        const auto point =
            draw() % 2 == 0 || mutated(simulation::SimulationMutant::crash_before_only)
                ? CrashPoint::before_handler
                : CrashPoint::after_handler;
        crashes = work->crash(point);
        if (crashes) ++crashes_;
    }
    in_turn_ = true;
    const bool more = work->run(1);
    in_turn_ = false;
    if (more) ready_.push_back(work);
    for (const std::uint64_t word : {std::uint64_t{count}, std::uint64_t{index},
                                     std::uint64_t{crashes ? 1U : 0U} | (more ? 2U : 0U)}) {
        trace_ = mixed(trace_ ^ word) * 0x100000001b3U;
    }
    return true;
}

std::size_t SimulatedRuntime::run_until_idle(std::size_t limit) {
    std::size_t given = 0;
    while (given < limit && run_one()) ++given;
    return given;
}

}  // namespace quantum
