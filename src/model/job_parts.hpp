#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"
#include "quantum/schedule.hpp"
#include "quantum/task.hpp"

namespace quantum::model {

/// The parts of a job that may be shared, for code that makes jobs share them.
struct JobParts {
    [[nodiscard]] static std::string& name(Job& job) { return job.name_; }
    [[nodiscard]] static std::optional<Schedule>& schedule(Job& job) { return job.schedule_; }
    [[nodiscard]] static Task& task(Job& job) { return job.task_; }
    using Extras = Job::Extras;
    [[nodiscard]] static Shared<Extras>& extras(Job& job) { return job.extras_; }
    [[nodiscard]] static const Extras& default_extras() { return Job::default_extras; }
    [[nodiscard]] static JobOrigin& origin(Job& job) { return job.origin_; }
    /// Like `Job::source`, which keeps the text that it creates.
    [[nodiscard]] static std::string source(const Job& job) {
        if (!job.origin_) return {};
        std::string text = job.origin_.name();
        if (job.line_ != 0) text.append(1, ':').append(std::to_string(job.line_));
        return text;
    }

    /// The definition of a job. Its state and pause are decisions about it; its source says where
    /// the definition is.
    struct Definition {
        const std::string& name;
        const std::optional<Schedule>& schedule;
        const std::optional<WallTime>& asked_for;
        const Task& task;
        const JobPolicies& policies;
        const std::shared_ptr<const RunStrategy>& run_strategy;
    };
    /// Names every member of a job and of its extras, so that a new one does not compile until
    /// somebody has decided whether it counts.
    [[nodiscard]] static Definition definition(const Job& job) {
        const auto& [name, schedule, task, state, said, line, extras, origin] = job;
        const auto& [policies, run_strategy, pause, asked_for, zone, dialect, dst, days] =
            job.extras();
        // How future texts are parsed is not part of it either.
        static_cast<void>(
            std::tie(state, said, line, extras, origin, pause, zone, dialect, dst, days));
        return {name, schedule, asked_for, task, policies, run_strategy};
    }
};

}  // namespace quantum::model
