#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"

#include "base/flat_index.hpp"
#include "base/pages.hpp"

namespace quantum::scheduler {

/// Instants in order, each with its jobs in the order in which they were added.
///
/// A job is a small number, on at most one instant. Adding a job to an existing instant and
/// removing any job are O(1); a new or emptied instant costs one heap operation. 12 bytes per job
/// and about 28 per instant. Owned by one stage; not thread-safe.
class Timeline {
public:
    /// `job` must not be on the timeline.
    void insert(WallTime due, std::uint32_t job);

    /// Returns false if the job was not there.
    bool remove(std::uint32_t job);

    [[nodiscard]] bool contains(std::uint32_t job) const;
    [[nodiscard]] std::optional<WallTime> due_of(std::uint32_t job) const;

    /// The earliest instant.
    [[nodiscard]] std::optional<WallTime> head() const;

    /// Removes at most `limit` jobs from the earliest instant, in order, and appends them to `out`.
    void take_head(std::size_t limit, std::vector<std::uint32_t>& out);

    [[nodiscard]] std::size_t size() const { return jobs_; }
    [[nodiscard]] std::size_t instants() const { return heap_.size(); }
    [[nodiscard]] bool empty() const { return jobs_ == 0; }

    void clear();

private:
    struct InstantHash {
        std::uint64_t operator()(WallTime due) const {
            return static_cast<std::uint64_t>(due.time_since_epoch().count()) * 0x9E3779B97F4A7C15U;
        }
    };
    using InstantIndex = base::FlatIndex<WallTime, InstantHash>;
    static constexpr std::uint32_t none = InstantIndex::none;

    struct Link {
        std::uint32_t previous = none;  // of the first: the last
        std::uint32_t next = none;
        std::uint32_t instant = none;
    };
    struct Instant {
        WallTime due;
        std::uint32_t first = none;
        std::uint32_t heap_place = none;
    };

    [[nodiscard]] std::uint32_t instant_at(WallTime due);
    void unlink(std::uint32_t job);
    void drop(std::uint32_t instant);
    void sift_up(std::size_t index);
    void sift_down(std::size_t index);
    [[nodiscard]] WallTime due_at(std::size_t index) const { return table_[heap_[index]].due; }
    void put(std::size_t index, std::uint32_t instant);

    base::Pages<Link> dependencies_;  // by job
    base::Pages<Instant> table_;      // by number of the instant
    std::uint32_t free_ = none;       // chain of unused indexes in table_, through `first`
    base::Pages<std::uint32_t> heap_;
    std::uint32_t latest_ =
        none;  // where the latest insert was: jobs often come instant by instant
    InstantIndex index_;
    std::size_t jobs_ = 0;
};

}  // namespace quantum::scheduler
