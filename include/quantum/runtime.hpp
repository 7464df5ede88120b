#pragma once

#include <cstddef>
#include <memory>

namespace quantum {

/// Something a Runtime runs in turns: in practice a stage whose mailbox holds messages.
class Runnable {
public:
    virtual ~Runnable() = default;

    /// Works off at most `budget` messages. True if some are left: the runtime then gives it
    /// another turn without being asked. Called by one thread at a time.
    /// Lets no exception escape.
    virtual bool run(std::size_t budget) = 0;

protected:
    Runnable() = default;
    Runnable(const Runnable&) = default;
    Runnable& operator=(const Runnable&) = default;
};

/// Where stages run.
///
/// Real: few threads, whatever the number of stages. Simulated: one thread, the next stage to have
/// its turn drawn from a seed, one message a turn.
///
/// Thread-safety: `post` may be called from any thread.
class Runtime {
public:
    virtual ~Runtime() = default;

    /// Gives `work` a turn soon. The caller posts a runnable only while it has no turn pending;
    /// everything written before `post` is visible to the turn, and each turn sees what the turn
    /// before it wrote.
    virtual void post(std::shared_ptr<Runnable> work) = 0;

protected:
    Runtime() = default;
    Runtime(const Runtime&) = default;
    Runtime& operator=(const Runtime&) = default;
};

}  // namespace quantum
