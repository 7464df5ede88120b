#include "scheduler/entries/task_registry.hpp"

#include <algorithm>
#include <utility>

namespace quantum::scheduler {

namespace {

// How often at most all that wait are looked at.
constexpr Duration shortest_patience = std::chrono::seconds(1);

WallTime patience_of(const OpenEntry& entry) {
    const WallTime from = entry.not_before();
    if (entry.grace > WallTime::max() - from) return WallTime::max();
    return from + entry.grace;
}

}  // namespace

OpenEntry& TaskRegistry::draft() {
    if (draft_ == none) {
        draft_ = free_;
        if (draft_ != none) {
            free_ = cells_[draft_].next;
        } else {
            draft_ = static_cast<std::uint32_t>(cells_.size());
            cells_.grow_to(cells_.size() + 1);
        }
    }
    OpenEntry& entry = cells_[draft_].entry;  // what it owned went when it was removed
    entry.grace = Duration::max();
    entry.attempt = 1;
    entry.pass = 0;
    entry.kind = ExecutionKind::scheduled;
    entry.phase = Phase::starting;
    entry.lane = 0;
    return entry;
}

Ticket TaskRegistry::add_draft() {
    const std::uint32_t number = std::exchange(draft_, none);
    Cell& cell = cells_[number];
    cell.used = true;
    ++cell.generation;
    ++open_;
    link(number);
    const Ticket ticket = ticket_of(number, cell);
    enter(cell.entry, cell.entry.phase);
    if (cell.entry.phase == Phase::awaits_place) enqueue(cell.entry, ticket);
    return ticket;
}

void TaskRegistry::remove(Ticket ticket) {
    OpenEntry* entry = find(ticket);
    if (entry == nullptr) return;
    const auto number = static_cast<std::uint32_t>(ticket);
    leave(*entry, entry->phase);
    unlink(number);
    Cell& cell = cells_[number];
    cell.entry.job.reset();
    cell.entry.special.reset();
    cell.used = false;
    cell.next = free_;
    free_ = number;
    --open_;
}

void TaskRegistry::set_phase(Ticket ticket, Phase phase) {
    OpenEntry* entry = find(ticket);
    if (entry == nullptr || entry->phase == phase) return;
    if (takes_place(entry->phase) && takes_place(phase)) {  // starting -> running: counts the same
        entry->phase = phase;
        return;
    }
    leave(*entry, entry->phase);
    entry->phase = phase;
    enter(*entry, phase);
    if (phase == Phase::awaits_place) enqueue(*entry, ticket);
}

Ticket TaskRegistry::renew(Ticket ticket) {
    const auto number = static_cast<std::uint32_t>(ticket);
    ++cells_[number].generation;
    return ticket_of(number);
}

OpenRuns TaskRegistry::runs_of(std::uint32_t job_place, const std::string* target) const {
    if (target == nullptr || job_place >= jobs_.size()) return runs_of(job_place);
    OpenRuns runs;
    for (std::uint32_t at = jobs_[job_place].first; at != none; at = cells_[at].next) {
        const OpenEntry& entry = cells_[at].entry;
        if (entry.phase == Phase::ending) continue;
        if (entry.target() == nullptr || *entry.target() != *target) continue;
        ++runs.open;
        if (entry.phase == Phase::awaits_turn) ++runs.waiting;
    }
    return runs;
}

std::vector<Ticket> TaskRegistry::tickets_of(std::uint32_t job_place) const {
    std::vector<Ticket> found;
    if (job_place >= jobs_.size()) return found;
    for (std::uint32_t at = jobs_[job_place].first; at != none; at = cells_[at].next) {
        found.push_back(ticket_of(at));
    }
    return found;
}

std::vector<Ticket> TaskRegistry::all() const {
    std::vector<Ticket> found;
    for (std::uint32_t at = 0; at < cells_.size(); ++at) {
        if (cells_[at].used) found.push_back(ticket_of(at));
    }
    return found;
}

std::optional<Ticket> TaskRegistry::first_waiting() {
    return places_.first_waiting([this](Ticket ticket) {
        const OpenEntry* entry = find(ticket);
        return entry != nullptr && entry->phase == Phase::awaits_place;
    });
}

std::vector<Ticket> TaskRegistry::take_impatient(WallTime now) {
    std::vector<Ticket> impatient;
    patience_.reset();
    for (const Ticket ticket : places_.in_line()) {
        const OpenEntry* entry = find(ticket);
        if (entry == nullptr || entry->phase != Phase::awaits_place) continue;
        const WallTime end = patience_of(*entry);
        if (end < now) {
            impatient.push_back(ticket);
        } else if (end != WallTime::max() && (!patience_ || end < *patience_)) {
            patience_ = end;
        }
    }
    if (patience_) patience_ = std::max(*patience_, now + shortest_patience);
    return impatient;
}

std::optional<Ticket> TaskRegistry::first_in_turn(std::uint32_t cell) const {
    // Only runs older than it are in its way: younger ones may be of a definition that lets them
    // run beside each other, and would keep it waiting for ever.
    std::vector<const std::string*> busy;
    const auto same = [](const std::string* a, const std::string* b) {
        return a == nullptr || b == nullptr || *a == *b;
    };
    for (std::uint32_t at = cell; at != none; at = cells_[at].next) {
        const OpenEntry& entry = cells_[at].entry;
        if (entry.phase == Phase::ending) continue;
        const std::string* const target = entry.target();
        const bool is_free = std::none_of(busy.begin(), busy.end(), [&](const std::string* other) {
            return same(target, other);
        });
        if (is_free && entry.phase == Phase::awaits_turn) return ticket_of(at);
        if (target == nullptr) return std::nullopt;
        busy.push_back(target);
    }
    return std::nullopt;
}

void TaskRegistry::move_entries(std::uint32_t from_place, JobHandle to) {
    for (const Ticket ticket : tickets_of(from_place)) {
        const auto number = static_cast<std::uint32_t>(ticket);
        OpenEntry& entry = cells_[number].entry;
        const Phase phase = entry.phase;
        leave(entry, phase);
        unlink(number);
        entry.handle = to;
        link(number);
        enter(entry, phase);
    }
}

void TaskRegistry::link(std::uint32_t cell) {
    const std::uint32_t place = place_of(cells_[cell].entry.handle);
    if (place >= jobs_.size()) jobs_.grow_to(std::size_t{place} + 1);
    OfJob& job = jobs_[place];
    cells_[cell].previous = job.last;
    cells_[cell].next = none;
    if (job.last == none) {
        job.first = cell;
    } else {
        cells_[job.last].next = cell;
    }
    job.last = cell;
}

void TaskRegistry::unlink(std::uint32_t cell) {
    const Cell& gone = cells_[cell];
    OfJob& job = jobs_[place_of(gone.entry.handle)];
    if (gone.previous == none) {
        job.first = gone.next;
    } else {
        cells_[gone.previous].next = gone.next;
    }
    if (gone.next == none) {
        job.last = gone.previous;
    } else {
        cells_[gone.next].previous = gone.previous;
    }
}

void TaskRegistry::enqueue(const OpenEntry& entry, Ticket ticket) {
    places_.enqueue(entry.lane, entry.due, ticket);
    const WallTime end = patience_of(entry);
    if (end != WallTime::max() && (!patience_ || end < *patience_)) patience_ = end;
}

}  // namespace quantum::scheduler
