#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"

#include "server/feed.hpp"

namespace quantum::server {

/// The newest things that happened, numbered: at most 16,384 of them, or 8 MiB.
///
/// Used on the API's thread only.
class EventLog {
public:
    static constexpr std::size_t most = 16'384;
    static constexpr std::size_t most_bytes = std::size_t{8} << 20U;

    /// `epoch` tells one life of the daemon from the next.
    explicit EventLog(std::string epoch) : epoch_(std::move(epoch)) {}

    struct Event {
        std::uint64_t number = 0;
        std::string_view kind{};  ///< "run.ended"; a literal
        std::string job{};        ///< empty: it concerns no job
        std::string json{};       ///< the whole event as an object
    };

    void add(const FeedEvent& event);
    /// Events are missing here: what came before is forgotten, and whoever reads on has to start
    /// over.
    void cut();

    /// The place after the newest event: "EPOCH-NUMBER".
    [[nodiscard]] std::string end() const { return place(next_ - 1); }
    [[nodiscard]] std::string place(std::uint64_t number) const {
        return epoch_ + '-' + std::to_string(number);
    }
    /// The events after a place, oldest first. None: it is unknown, of another life, or too old.
    [[nodiscard]] std::optional<std::vector<const Event*>> after(std::string_view place) const;
    /// All that are kept.
    [[nodiscard]] std::vector<const Event*> all() const;

private:
    void keep(Event event);

    const std::string epoch_;
    std::deque<Event> events_;
    std::size_t bytes_ = 0;
    std::uint64_t next_ = 1;
};

}  // namespace quantum::server
