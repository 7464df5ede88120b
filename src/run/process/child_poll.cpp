#include "run/process/child_poll.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>

namespace quantum::run {
namespace {

// A key is a generation of 32 bits, a place of 30 and two bits left for the source.
constexpr unsigned source_bits = 2;
constexpr unsigned generation_shift = 32;

std::uint32_t index_of(std::uint64_t key) {
    return static_cast<std::uint32_t>(key & 0xFFFF'FFFFU) >> source_bits;
}

}  // namespace

ChildPoll::ChildPoll() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

ChildPoll::Key ChildPoll::enter(std::shared_ptr<PollHandler> who) {
    const base::MutexLock lock(mutex_);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    Place& place = places_[at];
    place.who = std::move(who);
    return (static_cast<Key>(++place.generation) << generation_shift) |
           (static_cast<Key>(at) << source_bits);
}

bool ChildPoll::watch(Key key, PollSource source, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key | static_cast<Key>(source);
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void ChildPoll::forget(int descriptor) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void ChildPoll::leave(Key key) {
    std::shared_ptr<PollHandler> left;  // destroyed after the lock is gone
    const base::MutexLock lock(mutex_);
    const std::uint32_t at = index_of(key);
    left.swap(places_[at].who);
    free_.push_back(at);
}

void ChildPoll::take(std::vector<Event>& events) {
    std::array<epoll_event, most_events> ready;
    const int count = epoll_wait(epoll_.get(), ready.data(), most_events, 0);
    const base::MutexLock lock(mutex_);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        const Key key = event.data.u64;
        const Place& place = places_[index_of(key)];
        if (place.generation != key >> generation_shift || !place.who) continue;
        events.push_back({place.who, static_cast<PollSource>(key & ((1U << source_bits) - 1)),
                          (event.events & (EPOLLHUP | EPOLLERR)) != 0});
    }
}

}  // namespace quantum::run
