#pragma once

#include <cstddef>
#include <memory>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"
#include "quantum/runtime.hpp"

namespace quantum {

/// A few threads for stages, and the system clock: everything else that a program using only stages
/// needs.
///
///     auto threads = StageThreads::start(2);
///     StageSystem stages((*threads)->runtime(), (*threads)->clock());
///
/// All stages share these threads, regardless of their number; when there is nothing to do, none of
/// them wakes up. With one thread, handlers must not `call` other stages. It must outlive its
/// StageSystem.
/// Thread-safety: every method may be called from any thread, except the destructor.
class StageThreads {
public:
    /// Fails if the process cannot open more file descriptors.
    [[nodiscard]] static Result<std::unique_ptr<StageThreads>> start(std::size_t threads = 1);

    StageThreads(const StageThreads&) = delete;
    StageThreads& operator=(const StageThreads&) = delete;
    /// Calls `stop`, if that has not been done.
    ~StageThreads();

    [[nodiscard]] Runtime& runtime();
    [[nodiscard]] Clock& clock();

    /// Ends the threads after their current turns. May be called more than once.
    void stop();

private:
    struct State;
    explicit StageThreads(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quantum
