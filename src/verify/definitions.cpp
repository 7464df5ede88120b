#include "verify/definitions.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace quantum::verify {

Definitions::Definitions(const std::vector<JobRevision>& revisions, ReferenceLibrary& library)
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
        read_.push_back(std::move(definition));
    }
}

std::size_t Definitions::lives() const {
    std::size_t lives = 1;
    for (std::size_t i = 1; i < revisions_.size(); ++i) {
        if (revisions_[i].revision <= revisions_[i - 1].revision) ++lives;
    }
    return lives;
}

std::optional<WallTime> Definitions::next_within_a_day(std::size_t revision, WallTime due) const {
    using namespace std::chrono_literals;
    const Definition& definition = read_[revision];
    // Most have one soon, and a day of every second is long.
    for (const Duration ahead : {Duration(2min), Duration(1h), Duration(24h)}) {
        std::optional<WallTime> next;
        for (const auto& schedule : definition.schedules) {
            for (const ReferenceSlot& slot :
                 schedule->slots(due + Duration(1), due + ahead, definition.anchor, true)) {
                if (slot.gap_row) continue;
                next = next ? std::min(*next, slot.due) : slot.due;
                break;
            }
        }
        if (next) return next;
    }
    return std::nullopt;
}

Definitions::Grace Definitions::grace(std::size_t revision, WallTime due) const {
    using namespace std::chrono_literals;
    if (const auto& own = revisions_[revision].grace) return {*own, *own};
    const std::optional<WallTime> next = next_within_a_day(revision, due);
    constexpr Duration half_a_day = 12h;
    if (!next || *next - due >= 24h) return {half_a_day, half_a_day};
    const Duration shortest = std::clamp<Duration>((*next - due) / 2, 1min, 1h);
    // A daily schedule over a spring change is 23 hours from its next: read either way.
    if (*next - due >= 22h) return {shortest, half_a_day};
    return {shortest, shortest};
}

bool Definitions::names(std::size_t revision, WallTime due) const {
    const Definition& definition = read_[revision];
    return std::any_of(definition.schedules.begin(), definition.schedules.end(),
                       [&](const auto& schedule) {
                           return !schedule->slots(due, due, definition.anchor).empty();
                       });
}

bool Definitions::is_reboot(std::size_t revision) const {
    const auto& schedules = read_[revision].schedules;
    return std::any_of(schedules.begin(), schedules.end(),
                       [](const auto& schedule) { return schedule->is_reboot(); });
}

}  // namespace quantum::verify
