#include "scheduler/execution_book.hpp"

#include <algorithm>

#include "quantum/job.hpp"

#include "scheduler/policies.hpp"

namespace quantum::scheduler {

JobRecord* ExecutionBook::find(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size()) return nullptr;
    JobRecord& record = records[place];
    if (!record.job || record.generation != generation_of(handle)) return nullptr;
    return &record;
}

JobRecord& ExecutionBook::at(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size()) records.resize(std::size_t{place} + 1);
    JobRecord& record = records[place];
    if (record.generation != generation_of(handle)) {
        if (record.schedule) schedules.release(*record.schedule);
        record = JobRecord{};
        record.generation = generation_of(handle);
    }
    return record;
}

JobHandle ExecutionBook::handle_of(std::uint32_t place) const {
    return make_handle(place, records[place].generation);
}

void ExecutionBook::set_schedule(JobRecord& record, const std::optional<Schedule>& schedule,
                                 WallTime now) {
    if (record.schedule) schedules.release(*record.schedule);
    record.schedule.reset();
    if (!schedule) return;
    const WallTime anchor = schedule->anchor();
    if (schedule->is_interval() && anchor > now) {
        const Duration period = *schedule->next(anchor) - anchor;
        const auto periods = (anchor - now) / period + 1;
        record.schedule = schedules.take(schedule->anchored_at(anchor - periods * period));
        return;
    }
    record.schedule = schedules.take(*schedule);
}

std::optional<WallTime> ExecutionBook::pause_end(const JobRecord& record) {
    if (!record.paused) return std::nullopt;
    const WallTime end = record.job->pause()->until.value_or(WallTime::max());
    if (record.position >= end - Duration(1)) return std::nullopt;
    return end;
}

std::optional<WallTime> ExecutionBook::next_run(const JobRecord& record) {
    const auto end = pause_end(record);
    if (!end) return next_due(record);
    if (*end == WallTime::max() || !record.schedule) return std::nullopt;
    return first_due(schedules.at(*record.schedule), *end);
}

std::shared_ptr<const std::string> ExecutionBook::node_named(std::string name) {
    auto& node = nodes[name];
    if (!node) node = std::make_shared<const std::string>(std::move(name));
    return node;
}

std::optional<WallTime> ExecutionBook::next_due(const JobRecord& record) {
    if (!record.schedule) return std::nullopt;
    if (const auto end = pause_end(record)) {
        if (*end == WallTime::max()) return std::nullopt;
        return end;
    }
    if (schedules.at(*record.schedule).is_reboot()) {
        // Its only due time is the acceptance that it is anchored at.
        const WallTime anchor = record.job->schedule()->anchor();
        const WallTime due = anchor == WallTime{} ? record.effective_from : anchor;
        if (record.position < due) return due;
        return std::nullopt;
    }
    return schedules.next(*record.schedule, record.position);
}

}  // namespace quantum::scheduler
