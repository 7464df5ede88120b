#include "verify/job_slots.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace quantum::verify {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

bool inside(const Timeline::Window& window, WallTime instant) {
    return instant >= window.from && instant <= window.to;
}

// Of slots with one due time, sorted, keeps the first; it is running if any of them is.
void keep_first(std::vector<Slot>& slots, std::size_t begin) {
    std::size_t kept = begin;
    for (std::size_t i = begin; i < slots.size(); ++i) {
        if (kept > begin && slots[kept - 1].due == slots[i].due) {
            slots[kept - 1].running = slots[kept - 1].running || slots[i].running;
        } else {
            slots[kept++] = slots[i];
        }
    }
    slots.resize(kept);
}

// Slots of one revision may come from several schedules: equal instants are one due time.
void keep_distinct(std::vector<Slot>& slots, std::size_t first) {
    const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, slots.end(), [](const Slot& a, const Slot& b) {
        return std::pair(a.due, a.gap_row) < std::pair(b.due, b.gap_row);
    });
    keep_first(slots, first);
}

}  // namespace

JobSlots::JobSlots(const std::vector<JobRevision>& revisions, const Timeline& timeline,
                   std::optional<WallTime> retained_from, ReferenceLibrary& library)
    : revisions_(revisions) {
    for (const JobRevision& revision : revisions) {
        Definition definition;
        definition.anchor = revision.anchor.value_or(revisions.front().effective_from);
        for (const ScheduleText& text : revision.schedules) {
            std::string problem;
            auto schedule = library.find(text, problem);
            if (!schedule) {
                problem_ = "'" + text.text + "': " + problem;
                return;
            }
            definition.schedules.push_back(std::move(schedule));
        }
        definitions_.push_back(std::move(definition));
    }
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        WallTime from = revisions[i].effective_from;
        if (retained_from) from = std::max(from, *retained_from);
        WallTime to = timeline.horizon();
        if (revisions[i].effective_to) to = std::min(to, *revisions[i].effective_to);
        add_slots(i, from, to, false);
    }
    // Where the clock was set back over a change of the definition, nobody can tell from wall times
    // which of the two an instant belongs to: all of them may have it.
    for (const Timeline::Window& window : timeline.repeated()) {
        // A change may have seen the clock go back before the step was noted.
        const Timeline::Window around{window.from - timeline.limits().settle, window.to};
        const bool crossed =
            std::any_of(revisions.begin(), revisions.end(), [&](const JobRevision& revision) {
                return inside(around, revision.effective_from) ||
                       (revision.effective_to && inside(around, *revision.effective_to));
            });
        if (!crossed) continue;
        for (std::size_t i = 0; i < revisions.size(); ++i) {
            add_slots(i, window.from, window.to, true);
        }
        for (Slot& slot : slots_) {
            if (!inside(window, slot.due)) continue;
            slot.optional = true;
            slot.crossed = true;
        }
    }
    join_boundaries();
}

void JobSlots::add_slots(std::size_t revision, WallTime from, WallTime to, bool optional) {
    const Definition& definition = definitions_[revision];
    const std::optional<WallTime>& end = revisions_[revision].effective_to;
    const std::size_t first = slots_.size();
    for (const auto& schedule : definition.schedules) {
        for (const ReferenceSlot& found : schedule->slots(from, to, definition.anchor, optional)) {
            slots_.push_back({.due = found.due,
                              .revision = static_cast<std::uint32_t>(revision),
                              .gap_row = found.gap_row,
                              .paused = !revisions_[revision].active,
                              .optional = optional || (end && found.due == *end),
                              .running = schedule->is_running()});
        }
    }
    keep_distinct(slots_, first);
}

// At the instant of a change the new definition counts; the old one may have been quicker.
void JobSlots::join_boundaries() {
    const auto rank = [](const Slot& slot) {
        return std::tuple(slot.due, slot.optional || slot.paused, slot.revision);
    };
    if (!std::is_sorted(slots_.begin(), slots_.end(),
                        [&](const Slot& a, const Slot& b) { return rank(a) < rank(b); })) {
        std::sort(slots_.begin(), slots_.end(),
                  [&](const Slot& a, const Slot& b) { return rank(a) < rank(b); });
    }
    keep_first(slots_, 0);
}

std::size_t JobSlots::lives() const {
    std::size_t lives = 1;
    for (std::size_t i = 1; i < revisions_.size(); ++i) {
        if (revisions_[i].revision <= revisions_[i - 1].revision) ++lives;
    }
    return lives;
}

std::optional<WallTime> JobSlots::next_within_a_day(std::size_t revision, WallTime due) const {
    const auto known =
        std::upper_bound(slots_.begin(), slots_.end(), due,
                         [](WallTime instant, const Slot& slot) { return instant < slot.due; });
    const bool certain =
        known != slots_.end() && known->revision == revision && !known->gap_row && !known->crossed;
    if (certain) return known->due;
    // The definition was replaced before its next due time: ask what it would have been.
    std::optional<WallTime> next;
    const Definition& definition = definitions_[revision];
    for (const auto& schedule : definition.schedules) {
        for (const ReferenceSlot& slot :
             schedule->slots(due + Duration(1), due + hours(24), definition.anchor, true)) {
            if (slot.gap_row) continue;
            next = next ? std::min(*next, slot.due) : slot.due;
            break;
        }
    }
    return next;
}

JobSlots::Grace JobSlots::grace(std::size_t revision, WallTime due) const {
    if (revisions_[revision].grace)
        return {*revisions_[revision].grace, *revisions_[revision].grace};
    const std::optional<WallTime> next = next_within_a_day(revision, due);
    constexpr Duration half_a_day = hours(12);
    if (!next || *next - due >= hours(24)) return {half_a_day, half_a_day};
    const Duration shortest = std::clamp<Duration>((*next - due) / 2, minutes(1), hours(1));
    // A daily schedule over a spring change is 23 hours from its next: read either way.
    if (*next - due >= hours(22)) return {shortest, half_a_day};
    return {shortest, shortest};
}

bool JobSlots::names(std::size_t revision, WallTime due) const {
    const Definition& definition = definitions_[revision];
    return std::any_of(definition.schedules.begin(), definition.schedules.end(),
                       [&](const auto& schedule) {
                           return !schedule->slots(due, due, definition.anchor).empty();
                       });
}

bool JobSlots::is_reboot(std::size_t revision) const {
    const auto& schedules = definitions_[revision].schedules;
    return std::any_of(schedules.begin(), schedules.end(),
                       [](const auto& schedule) { return schedule->is_reboot(); });
}

}  // namespace quantum::verify
