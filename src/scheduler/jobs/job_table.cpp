#include "scheduler/jobs/job_table.hpp"

#include <functional>
#include <utility>

#include "base/assert.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

std::uint64_t JobTable::NameHash::operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name)*0x9E3779B97F4A7C15U;
}

std::optional<std::uint32_t> JobTable::find(std::string_view name) const {
    const std::uint32_t index = names_.find(
        name, [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
    if (index == decltype(names_)::none) return std::nullopt;
    if (rows_[index].state == JobRow::State::deleted) return std::nullopt;
    return index;
}

bool JobTable::has_index(std::string_view name) const {
    return names_.find(name, [this](std::uint32_t at) {
        return std::string_view(rows_[at].job->name());
    }) != decltype(names_)::none;
}

std::size_t JobTable::room() const {
    if (mutated(SchedulerMutant::handles_run_out_unseen)) return most_indexes_;
    return free_.size() + (most_indexes_ - rows_.size());
}

void JobTable::reserve(std::size_t more) {
    names_.reserve(more,
                   [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
}

std::uint32_t JobTable::put(JobRef job, WallTime since, bool unbound) {
    const auto name_of = [this](std::uint32_t at) {
        return std::string_view(rows_[at].job->name());
    };
    const std::string& name = job->name();
    std::uint32_t index = names_.find(name, name_of);
    const bool is_new = index == decltype(names_)::none;
    if (is_new) {
        if (free_.empty()) {
            index = static_cast<std::uint32_t>(rows_.size());
            QUANTUM_ASSERT(index < most_indexes_);
            rows_.grow_to(std::size_t{index} + 1);
        } else {
            index = free_.back();
            free_.pop_back();
        }
    }
    JobRow& row = rows_[index];
    undo_.push_back({index, row, is_new});
    JobRow next = row;
    next.state = job->state() == JobState::active ? JobRow::State::active : JobRow::State::inactive;
    next.job = std::move(job);
    next.since = since;
    next.unbound = unbound;
    ++next.revision;
    set(index, std::move(next));
    if (is_new) names_.insert(rows_[index].job->name(), index, name_of);
    return index;
}

void JobTable::bind(std::uint32_t index, JobRef job) {
    QUANTUM_ASSERT(rows_[index].exists());
    undo_.push_back({index, rows_[index], false});
    rows_[index].job = std::move(job);
    rows_[index].unbound = false;
}

void JobTable::load(const StoredJob& stored, bool unbound) {
    const std::uint32_t index = put(stored.job, stored.effective_from, unbound);
    rows_[index].revision = stored.revision;
    keep();
}

void JobTable::remove(std::uint32_t index, WallTime since) {
    undo_.push_back({index, rows_[index], false});
    JobRow next = rows_[index];
    next.state = JobRow::State::deleted;
    next.since = since;
    ++next.revision;
    set(index, std::move(next));
}

void JobTable::set(std::uint32_t index, JobRow row) {
    if (rows_[index].exists()) --jobs_;
    rows_[index] = std::move(row);
    if (rows_[index].exists()) ++jobs_;
}

std::string JobTable::unused_name() {
    for (;;) {
        std::string name = "job-" + std::to_string(++unnamed_);
        if (!find(name)) return name;
    }
}

void JobTable::undo() {
    for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) {
        if (at->is_new) forget_name(at->index);
        set(at->index, std::move(at->row));
        if (at->is_new) free_.push_back(at->index);
    }
    keep();
}

void JobTable::release(JobHandle handle) {
    const std::uint32_t index = index_of(handle);
    if (index >= rows_.size() || handle_of(index) != handle) return;
    if (rows_[index].state != JobRow::State::deleted) return;
    forget_name(index);
    const std::uint8_t generation = rows_[index].generation;
    rows_[index] = JobRow{};
    rows_[index].generation = static_cast<std::uint8_t>(generation + 1);
    free_.push_back(index);
}

void JobTable::forget_name(std::uint32_t index) {
    names_.erase(rows_[index].job->name(),
                 [this](std::uint32_t at) { return std::string_view(rows_[at].job->name()); });
}

}  // namespace quantum::scheduler
