#pragma once

#include <cstddef>
#include <memory>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"
#include "quantum/runtime.hpp"

namespace quantum {

/// A few threads for stages, and the machine's clock: all that a program of stages needs besides.
///
///     auto threads = StageThreads::start(2);
///     StageSystem stages((*threads)->runtime(), (*threads)->clock());
///
/// However many stages there are, they share these threads; with nothing to do none of them wakes.
/// With one thread, handlers may not `call` other stages. It must outlive its StageSystem.
/// Thread-safety: every method from any thread, except the destructor.
class StageThreads {
public:
    /// Fails where the process may open no more descriptors.
    [[nodiscard]] static Result<std::unique_ptr<StageThreads>> start(std::size_t threads = 1);

    StageThreads(const StageThreads&) = delete;
    StageThreads& operator=(const StageThreads&) = delete;
    /// Stops, if `stop` did not.
    ~StageThreads();

    [[nodiscard]] Runtime& runtime();
    [[nodiscard]] Clock& clock();

    /// Ends the threads after the turns they are in. Safe twice.
    void stop();

private:
    struct State;
    explicit StageThreads(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quantum
