#pragma once

#include <cstddef>
#include <memory>

#include "quantum/runtime.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::stage {

/// Runs stages on the threads of an event loop, one or several.
///
/// A stage never has two turns at once, because it has only one posted; no strand is needed.
/// Thread-safety: that of Runtime. The loop must outlive it.
class AsioRuntime final : public Runtime {
public:
    /// How many messages a stage handles before others get their turn.
    static constexpr std::size_t budget = 128;

    /// `threads`: the number of threads running the loop. With one, a handler must not wait for
    /// another stage. Threads outside the loop wait for the loop to run, so start it first.
    AsioRuntime(base::EventLoop& loop, std::size_t threads) : loop_(loop), threads_(threads) {}

    void post(std::shared_ptr<Runnable> work) override;
    [[nodiscard]] Waiting waiting() const override;

private:
    base::EventLoop& loop_;
    std::size_t threads_;
};

}  // namespace quantum::stage
