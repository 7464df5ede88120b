#pragma once

#include <cstddef>
#include <memory>

#include "quantum/runtime.hpp"

namespace quantum {

class EventLoop;

/// Stages on the threads of an event loop, one of them or several.
///
/// A stage never has two turns at once because it has only one posted; no strand is needed.
/// Thread-safety: as Runtime. The loop must outlive it.
class AsioRuntime final : public Runtime {
public:
    /// How many messages a stage works off before others have their turn.
    static constexpr std::size_t budget = 128;

    /// `threads`: how many run the loop. With one, a handler may not wait for another stage. Who
    /// waits on another thread waits for the loop to run: start it first.
    AsioRuntime(EventLoop& loop, std::size_t threads) : loop_(loop), threads_(threads) {}

    void post(std::shared_ptr<Runnable> work) override;
    [[nodiscard]] Waiting waiting() const override;

private:
    EventLoop& loop_;
    std::size_t threads_;
};

}  // namespace quantum
