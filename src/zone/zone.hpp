#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::zone {

inline constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min() / 4;
inline constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max() / 4;

/// A period of time with one UTC offset. Instants and local times are in seconds since 1970, the
/// latter as shown by the local clock.
struct Window {
    std::int64_t from = beginning;     ///< first instant
    std::int64_t until = end_of_time;  ///< first instant after
    std::int64_t offset = 0;           ///< local time - UTC
    /// Local times below this one were shown before `from`: those at or above `from + offset` are
    /// repeated; those between it and `from + offset` do not exist (a gap).
    std::int64_t seen_until = beginning;
    /// Local times at or above this one are shown again after `until`.
    std::int64_t again_from = end_of_time;

    [[nodiscard]] std::int64_t local_from() const { return from + offset; }
    [[nodiscard]] std::int64_t local_until() const { return until + offset; }
    [[nodiscard]] bool after_gap() const { return seen_until < local_from(); }
};

/// A time zone as a list of its windows, with a direct index.
///
/// Interned: there is one per name, which lives as long as the process, so a pointer can serve as a
/// handle. Changed zone files take effect after a restart. Thread-safety: const; may be shared
/// freely.
class Zone {
public:
    /// The zone with that name; null if there is none (or no time-zone data at all).
    [[nodiscard]] static const Zone* named(std::string_view name);
    [[nodiscard]] static const Zone& utc();

    [[nodiscard]] const std::string& name() const { return name_; }

    /// True if the offset is always 0.
    [[nodiscard]] bool is_utc() const { return utc_; }

    /// The window that holds an instant.
    [[nodiscard]] const Window* window_at(std::int64_t instant) const {
        std::uint64_t bucket = 0;
        if (instant > index_from) {
            bucket = static_cast<std::uint64_t>(instant - index_from) >> bucket_bits;
            if (bucket >= index_.size()) bucket = index_.size() - 1;
        }
        const Window* window = windows_.data() + index_[bucket];
        while (window->until <= instant) ++window;
        return window;
    }

    /// The first instant that shows a local time, or the first one after the gap that contains it.
    [[nodiscard]] std::int64_t instant_of(std::int64_t local) const;

    /// Null after the last window.
    [[nodiscard]] const Window* after(const Window* window) const {
        return window == &windows_.back() ? nullptr : window + 1;
    }
    /// Null before the first window.
    [[nodiscard]] const Window* before(const Window* window) const {
        return window == windows_.data() ? nullptr : window - 1;
    }

private:
    Zone(std::string name, std::vector<Window> windows);
    static const Zone* load(const std::string& name);

    // Buckets of 48 days from 1900 on: rarely more than one step from the right window.
    static constexpr std::int64_t index_from = -2208988800;
    static constexpr unsigned bucket_bits = 22;

    std::string name_;
    bool utc_ = false;
    std::vector<Window> windows_;
    std::vector<std::uint16_t> index_;
};

}  // namespace quantum::zone
