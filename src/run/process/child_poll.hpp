#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/mutex.hpp"

namespace quantum::run {

/// Which descriptor of a run is ready.
enum class PollSource : std::uint8_t { standard_output, standard_error, exit };

/// Notified when a descriptor is ready.
class PollHandler {
public:
    virtual ~PollHandler() = default;
    /// `at_end`: the other side is closed, although there may be something left to read.
    virtual void ready(PollSource source, bool at_end) = 0;

protected:
    PollHandler() = default;
    PollHandler(const PollHandler&) = default;
    PollHandler& operator=(const PollHandler&) = default;
};

/// Combines the descriptors of all runs into one that the event loop waits for: a run costs one
/// system call per descriptor when it starts and one when it ends, and any thread may add
/// descriptors.
///
/// A descriptor counts as ready as long as there is something to read.
/// Thread-safety: every method may be called from any thread.
class ChildPoll {
public:
    /// The number of full pipes that a turn of the loop may read before others get their turn.
    static constexpr int most_events = 32;

    /// A slot in the table, never reused.
    using Key = std::uint64_t;

    struct Event {
        std::shared_ptr<PollHandler> who;
        PollSource source;
        bool at_end;
    };

    ChildPoll();

    /// The descriptor to wait for; -1 if no descriptor is available for it.
    [[nodiscard]] int descriptor() const { return epoll_.get(); }

    [[nodiscard]] Key enter(std::shared_ptr<PollHandler> who) QUANTUM_EXCLUDES(mutex_);
    /// Returns false with errno set on failure.
    [[nodiscard]] bool watch(Key key, PollSource source, int descriptor);
    /// Must be called before it is closed, because a child that is being started may hold a copy.
    void forget(int descriptor);
    void leave(Key key) QUANTUM_EXCLUDES(mutex_);

    /// Stores ready descriptors in `events`, `most_events` at a time; does not block.
    void take(std::vector<Event>& events) QUANTUM_EXCLUDES(mutex_);

private:
    struct Place {
        std::shared_ptr<PollHandler> who{};
        std::uint32_t generation = 0;
    };

    const base::FileDescriptor epoll_;
    base::Mutex mutex_;  // a leaf
    std::vector<Place> places_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<std::uint32_t> free_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::run
