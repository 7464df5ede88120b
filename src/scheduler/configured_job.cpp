#include <utility>

#include "quantum/scheduler_config.hpp"

namespace quantum {

ConfiguredJob::ConfiguredJob(Job job) : job_(std::move(job)) {}
ConfiguredJob::ConfiguredJob(JobSpec spec) : spec_(std::move(spec)) {}

ConfiguredJob::ConfiguredJob(const ConfiguredJob& other) = default;
ConfiguredJob::ConfiguredJob(ConfiguredJob&& other) noexcept = default;
ConfiguredJob& ConfiguredJob::operator=(const ConfiguredJob& other) = default;
ConfiguredJob& ConfiguredJob::operator=(ConfiguredJob&& other) noexcept = default;
ConfiguredJob::~ConfiguredJob() = default;

Result<Job> ConfiguredJob::make(const JobDefaults& defaults) const {
    if (spec_) return make_job(*spec_, defaults);
    return *job_;
}

}  // namespace quantum
