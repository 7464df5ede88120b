#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace quantum {

/// Where in a turn an injected crash occurs.
enum class CrashPoint : std::uint8_t {
    before_handler,  ///< the message is lost; nothing was done
    after_handler,   ///< the handler ran to completion; what it returned is lost
};

/// Something that a Runtime runs in turns: in practice, a stage with messages in its mailbox.
class Runnable {
public:
    virtual ~Runnable() = default;

    /// Processes at most `budget` messages. Returns true if some are left, in which case the
    /// runtime gives it another turn without being asked. Called by one thread at a time. Does not
    /// throw.
    virtual bool run(std::size_t budget) = 0;

    /// Called right before `run`: the next handler is to fail as if it had thrown. Returns false if
    /// there is nothing that could crash. For simulated runtimes.
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
    block,   ///< it may sleep: other threads run the turns
    drive,   ///< it runs the turns itself, by calling `run_one`
    refuse,  ///< neither: no turn would run while it waits
};

/// Runs stages.
///
/// Real: a few threads, regardless of the number of stages. Simulated: one thread, one message per
/// turn, with the next stage chosen by a seeded random generator.
///
/// Thread-safety: every method may be called from any thread.
class Runtime {
public:
    virtual ~Runtime() = default;

    /// Schedules a turn of `work`. A runnable must be posted only while it has no turn pending.
    /// Everything written before `post` is visible to the turn, and each turn sees what the
    /// previous one wrote.
    virtual void post(std::shared_ptr<Runnable> work) = 0;

    /// How the calling thread may wait for turns of this runtime.
    [[nodiscard]] virtual Waiting waiting() const = 0;

    /// If `waiting` returns drive: runs one turn. Returns false if nothing is runnable.
    virtual bool run_one() { return false; }

protected:
    Runtime() = default;
    Runtime(const Runtime&) = default;
    Runtime& operator=(const Runtime&) = default;
};

}  // namespace quantum
