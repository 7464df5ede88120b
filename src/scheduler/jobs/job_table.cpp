#include "scheduler/jobs/job_table.hpp"

#include <functional>
#include <utility>

namespace quantum::scheduler {

std::uint64_t JobTable::NameHash::operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name)*0x9E3779B97F4A7C15U;
}

std::optional<std::uint32_t> JobTable::find(std::string_view name) const {
    const std::uint32_t place = names_.find(
        name, [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
    if (place == decltype(names_)::none) return std::nullopt;
    if (rows_[place].state == JobRow::State::deleted) return std::nullopt;
    return place;
}

void JobTable::reserve(std::size_t more) {
    names_.reserve(more,
                   [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
}

std::uint32_t JobTable::put(JobRef job, WallTime since) {
    const auto name_of = [this](std::uint32_t at) {
        return std::string_view(rows_[at].job->name());
    };
    const std::string& name = job->name();
    std::uint32_t place = names_.find(name, name_of);
    const bool is_new = place == decltype(names_)::none;
    if (is_new) {
        if (free_.empty()) {
            place = static_cast<std::uint32_t>(rows_.size());
            rows_.grow_to(std::size_t{place} + 1);
        } else {
            place = free_.back();
            free_.pop_back();
        }
    }
    JobRow& row = rows_[place];
    undo_.push_back({place, row, is_new});
    JobRow next = row;
    next.state = job->state() == JobState::active ? JobRow::State::active : JobRow::State::inactive;
    next.job = std::move(job);
    next.since = since;
    ++next.revision;
    set(place, std::move(next));
    if (is_new) names_.insert(rows_[place].job->name(), place, name_of);
    return place;
}

void JobTable::load(const StoredJob& stored) {
    const std::uint32_t place = put(stored.job, stored.effective_from);
    rows_[place].revision = stored.revision;
    keep();
}

void JobTable::remove(std::uint32_t place, WallTime since) {
    undo_.push_back({place, rows_[place], false});
    JobRow next = rows_[place];
    next.state = JobRow::State::deleted;
    next.since = since;
    ++next.revision;
    set(place, std::move(next));
}

void JobTable::set(std::uint32_t place, JobRow row) {
    if (exists(rows_[place])) --jobs_;
    rows_[place] = std::move(row);
    if (exists(rows_[place])) ++jobs_;
}

std::string JobTable::unused_name() {
    for (;;) {
        std::string name = "job-" + std::to_string(++unnamed_);
        if (!find(name)) return name;
    }
}

void JobTable::undo() {
    for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) {
        if (at->is_new) forget_name(at->place);
        set(at->place, std::move(at->row));
        if (at->is_new) free_.push_back(at->place);
    }
    keep();
}

void JobTable::release(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= rows_.size() || handle_of(place) != handle) return;
    if (rows_[place].state != JobRow::State::deleted) return;
    forget_name(place);
    const std::uint8_t generation = rows_[place].generation;
    rows_[place] = JobRow{};
    rows_[place].generation = static_cast<std::uint8_t>(generation + 1);
    free_.push_back(place);
}

void JobTable::forget_name(std::uint32_t place) {
    names_.erase(rows_[place].job->name(),
                 [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
}

}  // namespace quantum::scheduler
