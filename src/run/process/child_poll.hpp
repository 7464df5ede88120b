#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/mutex.hpp"

namespace quantum {

/// Which descriptor of a run is ready.
enum class PollSource : std::uint8_t { standard_output, standard_error, exit };

/// Who is told that a descriptor is ready.
class PollHandler {
public:
    virtual ~PollHandler() = default;
    /// `at_end`: the other side is closed, though there may be something left to read.
    virtual void ready(PollSource source, bool at_end) = 0;

protected:
    PollHandler() = default;
    PollHandler(const PollHandler&) = default;
    PollHandler& operator=(const PollHandler&) = default;
};

/// The descriptors of all runs behind one that the event loop waits for: a run costs one system
/// call for each of its descriptors when it begins and one when it ends, and any thread may add.
///
/// A descriptor counts as ready as long as there is something to be read.
/// Thread-safety: every method may be called from any thread.
class ChildPoll {
public:
    /// A turn of the loop may read as many full pipes; then others have theirs.
    static constexpr int most_events = 32;

    /// A place in the table, never used again.
    using Key = std::uint64_t;

    struct Event {
        std::shared_ptr<PollHandler> who;
        PollSource source;
        bool at_end;
    };

    ChildPoll();

    /// What to wait for; -1 where the machine has no descriptor left for it.
    [[nodiscard]] int descriptor() const { return epoll_.get(); }

    [[nodiscard]] Key enter(std::shared_ptr<PollHandler> who) QUANTUM_EXCLUDES(mutex_);
    /// False: errno says why not.
    [[nodiscard]] bool watch(Key key, PollSource source, int descriptor);
    /// Before it is closed: a child that is being started may hold a copy.
    void forget(int descriptor);
    void leave(Key key) QUANTUM_EXCLUDES(mutex_);

    /// Puts what is ready in `events`, `most_events` at a time; waits for nothing.
    void take(std::vector<Event>& events) QUANTUM_EXCLUDES(mutex_);

private:
    struct Place {
        std::shared_ptr<PollHandler> who{};
        std::uint32_t generation = 0;
    };

    const FileDescriptor epoll_;
    Mutex mutex_;  // a leaf
    std::vector<Place> places_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<std::uint32_t> free_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum
