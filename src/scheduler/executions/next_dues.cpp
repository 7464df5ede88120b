#include "scheduler/executions/next_dues.hpp"

#include <utility>

#include "quantum/job.hpp"

namespace quantum::scheduler {

void NextDues::put_back(const std::vector<std::uint32_t>& indexes) {
    for (const std::uint32_t index : indexes) put_back(index);
}

void NextDues::put_back(std::uint32_t index) {
    JobRecord& record = state_.records[index];
    if (!record.active || timeline_.contains(index)) return;
    if (const auto due = state_.next_due(record)) {
        timeline_.insert(*due, index);
        record.no_future = false;
    } else if (!record.no_future && record.job->schedule()) {
        if (state_.pause_end(record)) return;
        record.no_future = true;
        if (!record.job->schedule()->is_reboot()) futureless_.push_back(index);
    }
}

std::vector<std::uint32_t> NextDues::take_futureless() { return std::exchange(futureless_, {}); }

}  // namespace quantum::scheduler
