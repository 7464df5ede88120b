#include "quantum/job_spec.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "model/literal_schedule.hpp"

namespace quantum {

namespace {

// The schedule whose zone is neither that one nor of no consequence.
const Schedule* in_another_zone(const Schedule& schedule, std::string_view zone) {
    for (const Schedule& part : schedule.parts()) {
        if (const Schedule* found = in_another_zone(part, zone)) return found;
    }
    if (!schedule.parts().empty()) return nullptr;
    if (const Schedule* const whole = schedule.narrowed()) return in_another_zone(*whole, zone);
    const bool knows_zone =
        !schedule.has_interval() && !schedule.once_at() && !schedule.is_reboot();
    return knows_zone && schedule.zone_name() != zone ? &schedule : nullptr;
}

bool has_other_dst(const Schedule& schedule, const DstPolicy& dst) {
    for (const Schedule& part : schedule.parts()) {
        if (has_other_dst(part, dst)) return true;
    }
    if (const Schedule* const whole = schedule.narrowed()) return has_other_dst(*whole, dst);
    return schedule.expression() != nullptr && schedule.dst() != dst;
}

// An object is what it is: what the job says of zone and changes of the offset must not differ.
Status check_agreement(const Schedule& schedule, const JobSpec& spec) {
    if (spec.zone) {
        if (const Schedule* const other = in_another_zone(schedule, *spec.zone)) {
            return fail(ErrorCode::invalid_argument,
                        "zone: '" + *spec.zone + "' contradicts the schedule '" +
                            std::string(other->text()) + "', an object in the zone '" +
                            std::string(other->zone_name()) + "'; leave out one of them");
        }
    }
    if (spec.dst && has_other_dst(schedule, *spec.dst)) {
        return fail(ErrorCode::invalid_argument,
                    "dst: contradicts the schedule '" + std::string(schedule.text()) +
                        "', an object with a policy of its own; leave out one of them");
    }
    return {};
}

Result<Schedule> read(const ScheduleSource& source, const ScheduleOptions& options) {
    if (const CronExpression* const literal = source.expression()) {
        return model::schedule_of(*literal, options);
    }
    auto parsed = parse_schedule(*source.text(), options);
    if (!parsed) return tl::unexpected(parsed.error().to_error());
    return *std::move(parsed);
}

Status add_schedule(Job& job, const ScheduleSource& source, const JobSpec& spec,
                    const ScheduleOptions& options) {
    if (source.is_none()) return {};
    if (const Schedule* const ready = source.schedule()) {
        if (auto agreed = check_agreement(*ready, spec); !agreed) return agreed;
        job.add_schedule(*ready);
        return {};
    }
    auto made = read(source, options);
    if (!made) return tl::unexpected(std::move(made).error());
    job.add_schedule(*std::move(made));
    return {};
}

Status set_schedules(Job& job, const JobSpec& spec, const JobDefaults& defaults) {
    const std::string& zone = spec.zone ? *spec.zone : defaults.zone;
    const ScheduleOptions options{.dialect = spec.dialect.value_or(defaults.dialect),
                                  .zone = zone,
                                  .name = job.name(),
                                  .dst = spec.dst.value_or(defaults.dst),
                                  .days = spec.days ? spec.days : defaults.days};
    if (auto added = add_schedule(job, spec.schedule, spec, options); !added) return added;
    for (const ScheduleSource& more : spec.more_schedules) {
        if (auto added = add_schedule(job, more, spec, options); !added) return added;
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
    if (auto set = job.set_jitter(*spec.jitter); !set) return set;
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

Job::operator JobSpec() const& {
    JobSpec spec;
    spec.job = *this;
    return spec;
}

Job::operator JobSpec() && {
    JobSpec spec;
    spec.job = std::move(*this);
    return spec;
}

Result<Job> make_job(const JobSpec& spec, const JobDefaults& defaults) {
    if (spec.job) return *spec.job;
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
