#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "quantum/clock.hpp"

#include "run/process/start_handle.hpp"

namespace quantum::run {

/// The start of a child, as two threads share it: which of them has the run.
///
///     waiting ---claim()---> under_way ---end()---> ended
///        |                       |                    ^
///     forget()                 want()                 |
///        v                       v                    |
///     forgotten                wanted -----end()------+
///
/// The spawner's thread claims the run and ends the start. If the strand has wanted to know by
/// then, it is notified; otherwise it takes the run over when it first hears of the child.
///
/// The result of the start is decided by whoever settles first: the spawner with a child or an
/// error, or the strand that gave it up. The other then leaves everything alone.
///
/// Thread-safety: may be used from any thread, except that functions that take an instant must be
/// called on the strand.
class ChildStart {
public:
    /// For the spawner: it has the run now. False: nobody wants it any more.
    [[nodiscard]] bool claim() { return move(Phase::waiting, Phase::under_way); }
    /// For the spawner: all that it wrote is there. True: the strand is to be told.
    [[nodiscard]] bool end() { return phase_.exchange(Phase::ended) == Phase::wanted; }

    /// For the strand: it is not to be started. False: a spawner has it already.
    [[nodiscard]] bool forget() { return move(Phase::waiting, Phase::forgotten); }
    /// For the strand: true if the start has ended, else it will be told.
    [[nodiscard]] bool want() {
        Phase phase = Phase::under_way;
        return !phase_.compare_exchange_strong(phase, Phase::wanted) && phase == Phase::ended;
    }

    /// True for exactly one of all who ask. The others leave everything alone.
    [[nodiscard]] bool settle() { return !settled_.exchange(true); }

    /// What `spawn` starts the child under.
    [[nodiscard]] StartHandle& handle() { return handle_; }

    /// It was handed to the spawners.
    void ask(BootTime now) { asked_at_ = now; }
    /// Whether it has been waiting for its turn since then, or longer.
    [[nodiscard]] bool waits_since(BootTime then) const {
        return is_waiting() && asked_at_ <= then;
    }
    /// Kills the child if it has not executed its program yet.
    void give_up(BootTime now) {
        if (!is_given_up()) given_up_at_ = now;
        handle_.give_up();
    }
    [[nodiscard]] bool is_given_up() const { return handle_.is_given_up(); }

    enum class Look : std::uint8_t { goes_on, given_up_now, does_not_come_back };
    /// Gives it up if it has been under way for longer than `limit`; zero: none. A thread whose
    /// child was killed comes back at once; one that does not hangs in the kernel itself.
    [[nodiscard]] Look look(BootTime now, Duration limit) {
        if (!is_under_way()) return Look::goes_on;
        if (is_given_up()) {
            return now >= given_up_at_ + comes_back_within ? Look::does_not_come_back
                                                           : Look::goes_on;
        }
        if (began_at_ == BootTime{}) began_at_ = now;
        if (limit <= Duration::zero() || now - began_at_ < limit) return Look::goes_on;
        give_up(now);
        return Look::given_up_now;
    }

    [[nodiscard]] bool is_waiting() const { return phase_.load() == Phase::waiting; }
    [[nodiscard]] bool has_ended() const { return phase_.load() == Phase::ended; }

private:
    static constexpr auto comes_back_within = std::chrono::milliseconds(500);

    enum class Phase : std::uint8_t { waiting, forgotten, under_way, wanted, ended };

    [[nodiscard]] bool is_under_way() const {
        const Phase phase = phase_.load();
        return phase == Phase::under_way || phase == Phase::wanted;
    }
    bool move(Phase from, Phase to) { return phase_.compare_exchange_strong(from, to); }

    std::atomic<Phase> phase_{Phase::waiting};
    std::atomic<bool> settled_{false};
    StartHandle handle_;
    BootTime asked_at_{};
    BootTime began_at_{};  ///< when it was first seen to be under way
    BootTime given_up_at_{};
};

}  // namespace quantum::run
