#include "quantum/stages/stage_threads.hpp"

#include <algorithm>
#include <utility>

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "stage/asio_runtime.hpp"

namespace quantum {

struct StageThreads::State {
    explicit State(std::size_t threads) : runtime(loop, threads) {}
    base::EventLoop loop;
    stage::AsioRuntime runtime;
    std::unique_ptr<base::SystemClock> clock;
};

Result<std::unique_ptr<StageThreads>> StageThreads::start(std::size_t threads) {
    threads = std::max<std::size_t>(threads, 1);
    auto state = std::make_unique<State>(threads);
    auto clock = base::SystemClock::create(state->loop);
    if (!clock) return tl::unexpected(std::move(clock).error());
    state->clock = *std::move(clock);
    state->loop.start(threads);
    return std::unique_ptr<StageThreads>(new StageThreads(std::move(state)));
}

StageThreads::StageThreads(std::unique_ptr<State> state) : state_(std::move(state)) {}

StageThreads::~StageThreads() { stop(); }

Runtime& StageThreads::runtime() { return state_->runtime; }

Clock& StageThreads::clock() { return *state_->clock; }

void StageThreads::stop() { state_->loop.stop(); }

}  // namespace quantum
