#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// Names an open entry: a place in the registry and its generation. What `Execution::ticket` holds.
enum class Ticket : std::uint64_t {};

/// Runs that share the same limits, by number.
using Lane = std::uint16_t;

/// The limits of runs under way, and who waits for them.
///
/// A run takes a place of the scheduler and one of each tag of its lane. Lane 0 is of the runs
/// without a limited tag; a lane more for each set of limited tags that occurs.
/// Touched only on ExecutionBroadcaster's turns.
class Places {
public:
    using TagLimits = std::map<std::string, std::size_t, std::less<>>;

    /// 0: no limit.
    Places(std::size_t places, const TagLimits& tags);

    [[nodiscard]] Lane lane_of(const std::vector<std::string>& tags);

    [[nodiscard]] bool has_room(Lane lane) const {
        return (places_ == 0 || taken_ < places_) && (lane == 0 || tags_have_room(lane));
    }
    /// There is room, and nobody whom it would do has waited longer.
    [[nodiscard]] bool may_start_at_once(Lane lane) const;
    void take(Lane lane) {
        ++taken_;
        if (lane != 0) take_of_tags(lane);
    }
    void give_back(Lane lane) {
        --taken_;
        if (lane != 0) give_back_to_tags(lane);
    }
    [[nodiscard]] std::size_t taken() const { return taken_; }

    /// Who waits is counted by the registry, and stands in line by due time. One that waits no
    /// more stays in line until it is met.
    void enqueue(Lane lane, WallTime due, Ticket ticket);
    void count_waiting(Lane lane, bool more);
    [[nodiscard]] std::size_t waiting() const { return waiting_; }
    /// The oldest that there is room for.
    template <class StillWaits>
    [[nodiscard]] std::optional<Ticket> first_waiting(const StillWaits& still_waits) {
        const Waiter* oldest = nullptr;
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            std::deque<Waiter>& waiters = lines_[at].waiters;
            while (!waiters.empty() && !still_waits(waiters.front().ticket)) waiters.pop_front();
            if (waiters.empty() || !has_room(static_cast<Lane>(at))) continue;
            if (oldest == nullptr || waiters.front().due < oldest->due) oldest = &waiters.front();
        }
        if (oldest == nullptr) return std::nullopt;
        return oldest->ticket;
    }
    /// All in line, in no order.
    [[nodiscard]] std::vector<Ticket> in_line() const;

private:
    struct Limit {
        std::size_t places = 0;
        std::size_t taken = 0;
    };
    struct Waiter {
        WallTime due;
        Ticket ticket;
    };
    struct Line {
        std::vector<std::uint16_t> tags;  // numbers of limits_
        std::deque<Waiter> waiters;       // by due time
        std::size_t waiting = 0;
    };

    [[nodiscard]] bool tags_have_room(Lane lane) const;
    void take_of_tags(Lane lane);
    void give_back_to_tags(Lane lane);

    const std::size_t places_;
    std::size_t taken_ = 0;
    std::size_t waiting_ = 0;
    std::map<std::string, std::uint16_t, std::less<>> tags_;
    std::vector<Limit> limits_;
    std::vector<Line> lines_{1};
};

}  // namespace quantum::scheduler
