#include "quantum/job_spec.hpp"

#include <string>
#include <utility>

namespace quantum {

namespace {

Status add_schedule(Job& job, const ScheduleSource& source, const ScheduleOptions& options) {
    if (const Schedule* const ready = source.schedule()) job.add_schedule(*ready);
    if (source.text() == nullptr) return {};
    auto parsed = parse_schedule(*source.text(), options);
    if (!parsed) return tl::unexpected(parsed.error().to_error());
    job.add_schedule(*std::move(parsed));
    return {};
}

Status set_schedules(Job& job, const JobSpec& spec, const JobDefaults& defaults) {
    const std::string& zone = spec.zone ? *spec.zone : defaults.zone;
    const ScheduleOptions options{.dialect = spec.dialect.value_or(defaults.dialect),
                                  .zone = zone,
                                  .name = job.name(),
                                  .dst = spec.dst.value_or(defaults.dst),
                                  .days = spec.days ? spec.days : defaults.days};
    if (auto added = add_schedule(job, spec.schedule, options); !added) return added;
    for (const ScheduleSource& more : spec.more_schedules) {
        if (auto added = add_schedule(job, more, options); !added) return added;
    }
    return {};
}

Status fill(Job& job, const JobSpec& spec, const JobDefaults& defaults) {
    if (spec.zone) {
        if (auto known = job.set_zone(*spec.zone); !known) return known;
    }
    if (auto set = set_schedules(job, spec, defaults); !set) return set;
    if (auto set = job.set_task(spec.task); !set) return set;
    if (spec.state) job.set_state(*spec.state);
    if (spec.overlap) job.set_overlap(*spec.overlap);
    if (auto set = job.set_queue_limit(spec.queue_limit); !set) return set;
    if (spec.misfire) job.set_misfire(*spec.misfire);
    if (spec.misfire_cap) {
        if (auto set = job.set_misfire_cap(*spec.misfire_cap); !set) return set;
    }
    if (spec.grace) {
        if (auto set = job.set_grace(*spec.grace); !set) return set;
    }
    if (auto set = job.set_jitter(spec.jitter); !set) return set;
    if (auto set = job.set_retries(spec.retries, spec.backoff); !set) return set;
    job.set_retry_past_next(spec.retry_past_next).set_on_lost(spec.on_lost);
    if (spec.timeout) {
        if (auto set = job.set_timeout(*spec.timeout); !set) return set;
    }
    if (auto set = job.set_tags(spec.tags); !set) return set;
    job.set_run_if_past(spec.run_if_past).set_source(spec.source);
    if (spec.run_strategy) job.set_run_strategy(spec.run_strategy);
    return {};
}

}  // namespace

Result<Job> make_job(const JobSpec& spec, const JobDefaults& defaults) {
    Job job(defaults);
    if (!spec.name.empty()) {
        if (auto named = job.set_name(spec.name); !named) {
            return tl::unexpected(std::move(named).error());
        }
    }
    if (auto filled = fill(job, spec, defaults); !filled) {
        const std::string subject = spec.name.empty() ? "(unnamed)" : spec.name;
        return tl::unexpected(std::move(filled).error().within("job '" + subject + "'"));
    }
    return job;
}

}  // namespace quantum
