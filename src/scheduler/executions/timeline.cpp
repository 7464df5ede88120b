#include "scheduler/executions/timeline.hpp"

#include <algorithm>

namespace quantum::scheduler {

namespace {
constexpr std::size_t arity = 4;
}

void Timeline::insert(WallTime due, std::uint32_t job) {
    if (job >= dependencies_.size()) dependencies_.grow_to(std::size_t{job} + 1);
    const std::uint32_t number = instant_at(due);
    Instant& instant = table_[number];
    if (instant.first == none) {
        instant.first = job;
        dependencies_[job] = {job, none, number};
    } else {
        std::uint32_t& last = dependencies_[instant.first].previous;
        dependencies_[last].next = job;
        dependencies_[job] = {last, none, number};
        last = job;
    }
    ++jobs_;
}

bool Timeline::remove(std::uint32_t job) {
    if (!contains(job)) return false;
    const std::uint32_t number = dependencies_[job].instant;
    unlink(job);
    if (table_[number].first == none) drop(number);
    return true;
}

bool Timeline::contains(std::uint32_t job) const {
    return job < dependencies_.size() && dependencies_[job].instant != none;
}

std::optional<WallTime> Timeline::due_of(std::uint32_t job) const {
    if (!contains(job)) return std::nullopt;
    return table_[dependencies_[job].instant].due;
}

std::optional<WallTime> Timeline::head() const {
    if (heap_.empty()) return std::nullopt;
    return due_at(0);
}

void Timeline::take_head(std::size_t limit, std::vector<std::uint32_t>& out) {
    if (heap_.empty()) return;
    const std::uint32_t number = heap_[0];
    Instant& instant = table_[number];
    std::uint32_t job = instant.first;
    const std::uint32_t last = dependencies_[job].previous;
    std::size_t taken = 0;
    while (job != none && taken < limit) {
        out.push_back(job);
        ++taken;
        const std::uint32_t after = dependencies_[job].next;
        dependencies_[job] = Link{};
        job = after;
    }
    jobs_ -= taken;
    instant.first = job;
    if (job == none) {
        drop(number);
    } else {
        dependencies_[job].previous = last;
    }
}

void Timeline::clear() { *this = Timeline{}; }

std::uint32_t Timeline::instant_at(WallTime due) {
    const auto due_of = [this](std::uint32_t number) { return table_[number].due; };
    if (latest_ != none && table_[latest_].due == due) return latest_;
    std::uint32_t number = latest_ = index_.find(due, due_of);
    if (number != none) return number;
    if (free_ != none) {
        number = free_;
        free_ = table_[number].first;
        table_[number] = Instant{due, none, none};
    } else {
        number = static_cast<std::uint32_t>(table_.size());
        table_.push_back({due, none, none});
    }
    latest_ = number;
    index_.insert(due, number, due_of);
    heap_.push_back(number);
    table_[number].heap_place = static_cast<std::uint32_t>(heap_.size() - 1);
    sift_up(heap_.size() - 1);
    return number;
}

void Timeline::unlink(std::uint32_t job) {
    const Link link = dependencies_[job];
    Instant& instant = table_[link.instant];
    if (instant.first == job) {
        instant.first = link.next;
    } else {
        dependencies_[link.previous].next = link.next;
    }
    // The one behind it, or as the last of all the first, knows the one before it.
    const std::uint32_t knows = link.next != none ? link.next : instant.first;
    if (knows != none) dependencies_[knows].previous = link.previous;
    dependencies_[job] = Link{};
    --jobs_;
}

void Timeline::drop(std::uint32_t instant) {
    index_.erase(table_[instant].due, [this](std::uint32_t number) { return table_[number].due; });
    const std::size_t index = table_[instant].heap_place;
    const std::uint32_t moved = heap_.back();
    heap_.pop_back();
    if (moved != instant) {
        put(index, moved);
        sift_up(index);
        sift_down(table_[moved].heap_place);
    }
    table_[instant].heap_place = none;
    table_[instant].first = free_;
    free_ = instant;
    if (latest_ == instant) latest_ = none;
}

void Timeline::put(std::size_t index, std::uint32_t instant) {
    heap_[index] = instant;
    table_[instant].heap_place = static_cast<std::uint32_t>(index);
}

void Timeline::sift_up(std::size_t index) {
    const std::uint32_t moving = heap_[index];
    const WallTime due = table_[moving].due;
    while (index > 0) {
        const std::size_t parent = (index - 1) / arity;
        if (due_at(parent) <= due) break;
        put(index, heap_[parent]);
        index = parent;
    }
    put(index, moving);
}

void Timeline::sift_down(std::size_t index) {
    const std::uint32_t moving = heap_[index];
    const WallTime due = table_[moving].due;
    for (;;) {
        const std::size_t begin = index * arity + 1;
        if (begin >= heap_.size()) break;
        const std::size_t end = std::min(begin + arity, heap_.size());
        std::size_t least = begin;
        for (std::size_t child = begin + 1; child < end; ++child) {
            if (due_at(child) < due_at(least)) least = child;
        }
        if (due <= due_at(least)) break;
        put(index, heap_[least]);
        index = least;
    }
    put(index, moving);
}

}  // namespace quantum::scheduler
