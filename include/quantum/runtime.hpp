#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace quantum {

/// Where in a turn an injected crash strikes.
enum class CrashPoint : std::uint8_t {
    before_handler,  ///< the message is lost, nothing of it was done
    after_handler,   ///< the handler ran to its end, what it returned is lost
};

/// Something a Runtime runs in turns: in practice a stage whose mailbox holds messages.
class Runnable {
public:
    virtual ~Runnable() = default;

    /// Works off at most `budget` messages. True if some are left: the runtime then gives it
    /// another turn without being asked. Called by one thread at a time.
    /// Lets no exception escape.
    virtual bool run(std::size_t budget) = 0;

    /// Called right before `run`: the next handler is to fail as if it had thrown. False if this
    /// runnable has nothing that could crash. Of use to simulated runtimes.
    virtual bool crash(CrashPoint point) {
        static_cast<void>(point);
        return false;
    }

protected:
    Runnable() = default;
    Runnable(const Runnable&) = default;
    Runnable& operator=(const Runnable&) = default;
};

/// How a thread may wait for something that turns of a runtime bring about.
enum class Waiting : std::uint8_t {
    block,   ///< it may sleep: other threads give the turns
    drive,   ///< it gives the turns itself, by `run_one`
    refuse,  ///< neither: no turn would come while it waits
};

/// Where stages run.
///
/// Real: few threads, whatever the number of stages. Simulated: one thread, the next stage to have
/// its turn drawn from a seed, one message a turn.
///
/// Thread-safety: every method may be called from any thread.
class Runtime {
public:
    virtual ~Runtime() = default;

    /// Gives `work` a turn soon. The caller posts a runnable only while it has no turn pending;
    /// everything written before `post` is visible to the turn, and each turn sees what the turn
    /// before it wrote.
    virtual void post(std::shared_ptr<Runnable> work) = 0;

    /// How the calling thread may wait for turns of this runtime.
    [[nodiscard]] virtual Waiting waiting() const = 0;

    /// Where `waiting` says drive: gives one turn. False if nothing is runnable.
    virtual bool run_one() { return false; }

protected:
    Runtime() = default;
    Runtime(const Runtime&) = default;
    Runtime& operator=(const Runtime&) = default;
};

}  // namespace quantum
