#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/shared.hpp"
#include "quantum/task.hpp"

namespace quantum {

/// The parts of a job that others may hold as well, for those who bring holders together.
struct JobParts {
    [[nodiscard]] static std::string& name(Job& job) { return job.name_; }
    [[nodiscard]] static std::optional<Schedule>& schedule(Job& job) { return job.schedule_; }
    [[nodiscard]] static Task& task(Job& job) { return job.task_; }
    using Rare = Job::Rare;
    [[nodiscard]] static Shared<Rare>& rare(Job& job) { return job.rare_; }
    [[nodiscard]] static const Rare& usual() { return Job::usual; }
    [[nodiscard]] static JobOrigin& origin(Job& job) { return job.origin_; }
    /// As `Job::source`, which keeps the text that it makes.
    [[nodiscard]] static std::string source(const Job& job) {
        if (!job.origin_) return {};
        std::string text = job.origin_.name();
        if (job.line_ != 0) text.append(1, ':').append(std::to_string(job.line_));
        return text;
    }
};

}  // namespace quantum
