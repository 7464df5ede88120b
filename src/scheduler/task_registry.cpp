#include "scheduler/task_registry.hpp"

#include <algorithm>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

TaskRegistry::TaskRegistry(std::size_t places) : places_(places) {}

Ticket TaskRegistry::add(OpenEntry entry) {
    std::uint32_t number = free_;
    if (number != none) {
        free_ = cells_[number].next;
    } else {
        number = static_cast<std::uint32_t>(cells_.size());
        cells_.emplace_back();
    }
    Cell& cell = cells_[number];
    cell.entry = std::move(entry);
    cell.used = true;
    ++cell.generation;
    ++open_;
    link(number);
    const Ticket ticket = ticket_of(number);
    count(cell.entry, cell.entry.phase, true);
    if (cell.entry.phase == Phase::awaits_place) enqueue(cell.entry.due, ticket);
    return ticket;
}

OpenEntry* TaskRegistry::find(Ticket ticket) {
    const auto number = static_cast<std::uint32_t>(ticket);
    if (number >= cells_.size()) return nullptr;
    Cell& cell = cells_[number];
    if (!cell.used || ticket_of(number) != ticket) return nullptr;
    return &cell.entry;
}

void TaskRegistry::remove(Ticket ticket) {
    OpenEntry* entry = find(ticket);
    if (entry == nullptr) return;
    const auto number = static_cast<std::uint32_t>(ticket);
    count(*entry, entry->phase, false);
    unlink(number);
    Cell& cell = cells_[number];
    cell.entry.job.reset();
    cell.used = false;
    cell.next = free_;
    free_ = number;
    --open_;
}

void TaskRegistry::set_phase(Ticket ticket, Phase phase) {
    OpenEntry* entry = find(ticket);
    if (entry == nullptr || entry->phase == phase) return;
    count(*entry, entry->phase, false);
    entry->phase = phase;
    count(*entry, phase, true);
    if (phase == Phase::awaits_place) enqueue(entry->due, ticket);
}

OpenRuns TaskRegistry::runs_of(std::uint32_t job_place) const {
    if (job_place >= jobs_.size()) return {};
    return {jobs_[job_place].open, jobs_[job_place].waiting};
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

bool TaskRegistry::may_start_at_once() const {
    return (waiting_ == 0 && has_place()) || mutated(Mutant::concurrency_ignored);
}

std::optional<Ticket> TaskRegistry::first_waiting() {
    while (!waiters_.empty()) {
        const OpenEntry* entry = find(waiters_.front().ticket);
        if (entry != nullptr && entry->phase == Phase::awaits_place) return waiters_.front().ticket;
        waiters_.pop_front();
    }
    return std::nullopt;
}

std::optional<Ticket> TaskRegistry::whose_turn(std::uint32_t job_place) const {
    if (job_place >= jobs_.size()) return std::nullopt;
    if (jobs_[job_place].waiting == 0) return std::nullopt;
    // Only runs older than it are in its way: younger ones may be of a definition that lets them
    // run beside each other, and would keep it waiting for ever.
    std::uint32_t at = jobs_[job_place].first;
    while (cells_[at].entry.phase == Phase::ending) at = cells_[at].next;
    if (cells_[at].entry.phase != Phase::awaits_turn) return std::nullopt;
    return ticket_of(at);
}

void TaskRegistry::move_entries(std::uint32_t from_place, JobHandle to) {
    for (const Ticket ticket : tickets_of(from_place)) {
        const auto number = static_cast<std::uint32_t>(ticket);
        OpenEntry& entry = cells_[number].entry;
        const Phase phase = entry.phase;
        count(entry, phase, false);
        unlink(number);
        entry.handle = to;
        link(number);
        count(entry, phase, true);
    }
}

Ticket TaskRegistry::ticket_of(std::uint32_t cell) const {
    return static_cast<Ticket>((std::uint64_t{cells_[cell].generation} << 32U) | cell);
}

void TaskRegistry::link(std::uint32_t cell) {
    const std::uint32_t place = place_of(cells_[cell].entry.handle);
    if (place >= jobs_.size()) {
        jobs_.resize(std::max<std::size_t>(place + std::size_t{1}, jobs_.size() * 2));
    }
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

void TaskRegistry::count(const OpenEntry& entry, Phase phase, bool add) {
    const auto step = [add](auto& number) { add ? ++number : --number; };
    if (takes_place(phase)) step(taken_);
    if (phase == Phase::awaits_place) step(waiting_);
    OfJob& job = jobs_[place_of(entry.handle)];
    if (phase == Phase::awaits_turn) step(job.waiting);
    if (phase != Phase::ending) step(job.open);
}

void TaskRegistry::enqueue(WallTime due, Ticket ticket) {
    if (waiters_.empty() || waiters_.back().due <= due) {
        waiters_.push_back({due, ticket});
        return;
    }
    const auto after =
        std::upper_bound(waiters_.begin(), waiters_.end(), due,
                         [](WallTime value, const Waiter& waiter) { return value < waiter.due; });
    waiters_.insert(after, {due, ticket});
}

}  // namespace quantum::scheduler
