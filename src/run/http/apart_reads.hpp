#pragma once

#include <functional>
#include <memory>
#include <string>

#include "run/process/spawn_threads.hpp"

namespace quantum::run {

/// Reads files on threads of its own: a file may lie on a server that does not answer, and then
/// nothing tells the reading to stop.
///
/// Of one lane (say, one file) two are read at a time: what hangs holds up others that want the
/// same. Thread-safety: `submit` from any thread; `stop` and the destructor from the owner.
class ApartReads {
public:
    using HandOver = std::function<void()>;

    ApartReads();
    ~ApartReads() { stop(); }
    ApartReads(const ApartReads&) = delete;
    ApartReads& operator=(const ApartReads&) = delete;

    /// Calls `read` on a thread, and there what it gives, which only hands over. False: the machine
    /// has no thread for it, and `read` is not called.
    [[nodiscard]] bool submit(const std::string& lane, std::function<HandOver()> read);

    /// After this nothing is handed over. Does not wait for what hangs.
    void stop();

private:
    struct Gate;
    std::shared_ptr<Gate> gate_;
    SpawnThreads threads_;
};

}  // namespace quantum::run
