#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"

#include "scheduler/entries/concurrency_limiter.hpp"

namespace quantum::scheduler {

/// Something that must happen to an open entry at an instant of the boot clock: setting the wall
/// clock neither hastens nor delays it.
struct Alarm {
    enum class Kind : std::uint8_t {
        wake,     ///< it no longer has to wait: jitter or backoff has passed
        timeout,  ///< it has exceeded its timeout
    };

    BootTime at;
    EntryHandle entry_handle{};
    Kind kind = Kind::wake;
};

/// Alarms ordered by time. An alarm for an entry that is gone has no effect.
class Alarms {
public:
    void add(Alarm alarm) {
        heap_.push_back(alarm);
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    [[nodiscard]] std::optional<BootTime> next() const {
        if (heap_.empty()) return std::nullopt;
        return heap_.front().at;
    }
    /// Removes the earliest that is due.
    [[nodiscard]] std::optional<Alarm> take(BootTime now) {
        if (heap_.empty() || heap_.front().at > now) return std::nullopt;
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const Alarm alarm = heap_.back();
        heap_.pop_back();
        return alarm;
    }

private:
    static bool later(const Alarm& a, const Alarm& b) { return a.at > b.at; }
    std::vector<Alarm> heap_;
};

}  // namespace quantum::scheduler
