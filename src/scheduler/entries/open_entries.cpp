#include "scheduler/entries/open_entries.hpp"

#include <algorithm>
#include <utility>

namespace quantum::scheduler {

namespace {

// How often at most all that wait are looked at.
constexpr Duration shortest_wait = std::chrono::seconds(1);

WallTime deadline_of(const OpenEntry& entry) {
    const WallTime from = entry.not_before();
    if (entry.grace > WallTime::max() - from) return WallTime::max();
    return from + entry.grace;
}

}  // namespace

OpenEntry& OpenEntries::draft() {
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
    entry.limit_set = 0;
    entry.claimed_unbound = false;
    return entry;
}

EntryHandle OpenEntries::add_draft() {
    const std::uint32_t number = std::exchange(draft_, none);
    Cell& cell = cells_[number];
    cell.used = true;
    ++cell.generation;
    ++open_;
    link(number);
    const EntryHandle entry_handle = handle_of_cell(number, cell);
    enter(cell.entry, cell.entry.phase);
    if (has_deadline(cell.entry.phase)) enqueue(cell.entry, entry_handle);
    return entry_handle;
}

void OpenEntries::remove(EntryHandle entry_handle) {
    OpenEntry* entry = find(entry_handle);
    if (entry == nullptr) return;
    const auto number = static_cast<std::uint32_t>(entry_handle);
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

void OpenEntries::set_phase(EntryHandle entry_handle, Phase phase) {
    OpenEntry* entry = find(entry_handle);
    if (entry == nullptr || entry->phase == phase) return;
    if (takes_slot(entry->phase) && takes_slot(phase)) {  // starting -> running: counts the same
        entry->phase = phase;
        return;
    }
    leave(*entry, entry->phase);
    entry->phase = phase;
    enter(*entry, phase);
    if (has_deadline(phase)) enqueue(*entry, entry_handle);
}

EntryHandle OpenEntries::renew(EntryHandle entry_handle) {
    static_cast<void>(at(entry_handle));
    const auto number = static_cast<std::uint32_t>(entry_handle);
    ++cells_[number].generation;
    return handle_of_cell(number);
}

OpenRuns OpenEntries::runs_of(std::uint32_t job_index, const std::string* target) const {
    if (target == nullptr || job_index >= jobs_.size()) return runs_of(job_index);
    OpenRuns runs;
    for (std::uint32_t at = jobs_[job_index].first; at != none; at = cells_[at].next) {
        const OpenEntry& entry = cells_[at].entry;
        if (entry.phase == Phase::ending) continue;
        if (entry.target() == nullptr || *entry.target() != *target) continue;
        ++runs.open;
        if (entry.phase == Phase::queued) ++runs.waiting;
    }
    return runs;
}

std::vector<EntryHandle> OpenEntries::entries_of(std::uint32_t job_index) const {
    std::vector<EntryHandle> found;
    if (job_index >= jobs_.size()) return found;
    for (std::uint32_t at = jobs_[job_index].first; at != none; at = cells_[at].next) {
        found.push_back(handle_of_cell(at));
    }
    return found;
}

std::vector<EntryHandle> OpenEntries::all() const {
    std::vector<EntryHandle> found;
    for (std::uint32_t at = 0; at < cells_.size(); ++at) {
        if (cells_[at].used) found.push_back(handle_of_cell(at));
    }
    return found;
}

std::vector<EntryHandle> OpenEntries::unbound_of(std::uint32_t job_index) const {
    if (unbound_ == 0) return {};
    std::vector<EntryHandle> found = entries_of(job_index);
    std::erase_if(found, [this](EntryHandle entry_handle) {
        return at(entry_handle).phase != Phase::unbound;
    });
    return found;
}

std::optional<EntryHandle> OpenEntries::first_waiting() {
    return limiter_.first_waiting([this](EntryHandle entry_handle) {
        const OpenEntry* entry = find(entry_handle);
        return entry != nullptr && entry->phase == Phase::waiting_for_slot;
    });
}

std::vector<EntryHandle> OpenEntries::take_expired(WallTime now) {
    std::vector<EntryHandle> expired;
    deadline_.reset();
    for (const EntryHandle entry_handle : with_deadline()) {
        const OpenEntry* entry = find(entry_handle);
        if (entry == nullptr || !has_deadline(entry->phase)) continue;
        const WallTime end = deadline_of(*entry);
        if (end < now) {
            expired.push_back(entry_handle);
        } else if (end != WallTime::max() && (!deadline_ || end < *deadline_)) {
            deadline_ = end;
        }
    }
    if (deadline_) deadline_ = std::max(*deadline_, now + shortest_wait);
    return expired;
}

std::optional<EntryHandle> OpenEntries::first_in_turn(std::uint32_t cell) const {
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
        if (is_free && entry.phase == Phase::queued) return handle_of_cell(at);
        if (target == nullptr) return std::nullopt;
        busy.push_back(target);
    }
    return std::nullopt;
}

void OpenEntries::link(std::uint32_t cell) {
    const std::uint32_t index = index_of(cells_[cell].entry.handle);
    if (index >= jobs_.size()) jobs_.grow_to(std::size_t{index} + 1);
    OfJob& job = jobs_[index];
    cells_[cell].previous = job.last;
    cells_[cell].next = none;
    if (job.last == none) {
        job.first = cell;
    } else {
        cells_[job.last].next = cell;
    }
    job.last = cell;
}

void OpenEntries::unlink(std::uint32_t cell) {
    const Cell& gone = cells_[cell];
    OfJob& job = jobs_[index_of(gone.entry.handle)];
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

// All that may have one; forgets those that no longer wait for a function.
std::vector<EntryHandle> OpenEntries::with_deadline() {
    std::erase_if(unbound_queue_, [this](EntryHandle entry_handle) {
        const OpenEntry* const entry = find(entry_handle);
        return entry == nullptr || entry->phase != Phase::unbound;
    });
    std::vector<EntryHandle> all = limiter_.queued();
    all.insert(all.end(), unbound_queue_.begin(), unbound_queue_.end());
    return all;
}

void OpenEntries::enqueue(const OpenEntry& entry, EntryHandle entry_handle) {
    if (entry.phase == Phase::unbound) {
        if (unbound_ == 1) unbound_queue_.clear();  // it is the only one
        unbound_queue_.push_back(entry_handle);
    } else {
        limiter_.enqueue(entry.limit_set, entry.due, entry_handle);
    }
    const WallTime end = deadline_of(entry);
    if (end != WallTime::max() && (!deadline_ || end < *deadline_)) deadline_ = end;
}

}  // namespace quantum::scheduler
