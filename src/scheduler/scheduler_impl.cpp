#include "scheduler/scheduler_impl.hpp"

#include <array>
#include <exception>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "quantum/command.hpp"
#include "quantum/job_changes.hpp"

#include "base/give_back.hpp"
#include "model/packed_command.hpp"
#include "scheduler/jobs/binding.hpp"
#include "scheduler/mutant.hpp"
#include "zone/zone.hpp"

namespace quantum {

using scheduler::AddJobs;
using scheduler::BindHandler;
using scheduler::check_has_task;
using scheduler::complete;

namespace scheduler {

Status check_has_task(const Job& job) {
    if (job.task().kind() != TaskKind::none) return {};
    return fail(ErrorCode::invalid_argument,
                "job '" + (job.name().empty() ? std::string("(unnamed)") : job.name()) +
                    "': it has no task");
}

void complete(Job& job, const Job& model) {
    job.take_defaults(model);
    if (!job.timeout()) return;
    const auto command = model::CommandView::of(job.task());
    if (!command || command->common().timeout) return;
    static_cast<void>(
        job.set_task(model::CommonCommands::with_timeout(job.task(), *job.timeout())));
}

namespace {

// What only gives a stored job its function is not to be added any more.
void bind_stored(std::vector<StoredJob>& stored, AddJobs& request,
                 std::span<const Job> configured) {
    if (mutated(SchedulerMutant::stored_job_not_bound)) return;
    std::unordered_map<std::string_view, StoredJob*> lacking;
    for (StoredJob& one : stored) {
        if (lacks_something(one)) lacking.emplace(one.job->name(), &one);
    }
    if (lacking.empty()) return;
    std::erase_if(request.jobs, [&](const Job& job) {
        const auto found = lacking.find(job.name());
        if (found == lacking.end()) return false;
        StoredJob& one = *found->second;
        lacking.erase(found);  // its key goes with the job as it was
        const bool had_task = one.job->task().kind() != TaskKind::none;
        give_back(one, job);
        if (request.from_files) return false;
        return had_task ? is_unchanged(job, *one.job) : only_binds(job, *one.job);
    });
    for (const Job& job : configured) {
        const auto found = lacking.find(job.name());
        if (found == lacking.end()) continue;
        StoredJob& one = *found->second;
        lacking.erase(found);
        give_back(one, job);
    }
}

}  // namespace
}  // namespace scheduler

using scheduler::bind_stored;

Result<SchedulerParts> Scheduler::Impl::make_parts(const SchedulerConfig& now,
                                                   scheduler::Lifecycle::Starting& start) {
    if (parts) return *parts;
    auto made = scheduler::DefaultParts::make(now, start.handlers());
    if (!made) return tl::unexpected(std::move(made).error());
    scheduler::DefaultParts& own = start.own(std::move(*made));
    configured_storage = now.storage;
    Storage& storage = configured_storage ? *configured_storage : own_storage;
    return SchedulerParts{own.clock(), own.runtime(), storage, own.runner()};
}

Result<SchedulerConfig> Scheduler::Impl::configure() const {
    if (!config.init) return config;
    Result<SchedulerConfig> changed = config;
    try {
        changed = config.init(config);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::invalid_argument, std::string("init: ") + thrown.what());
    }
    if (!changed) return tl::unexpected(std::move(changed).error().within("init"));
    changed->name = config.name;
    return changed;
}

JobDefaults Scheduler::Impl::defaults() const {
    const auto pipeline = life.pipeline();
    return pipeline ? pipeline->config().defaults : config.defaults;
}

// All that is wrong is said at once, unless the rest is to start: then each is a warning.
Result<std::vector<Job>> Scheduler::Impl::configured_jobs(const SchedulerConfig& now) const {
    std::vector<Job> taken;
    std::set<std::string> names;
    std::string wrong;
    for (const ConfiguredJob& configured : now.jobs) {
        Result<Job> made = configured.make(now.defaults);
        std::string reason;
        if (!made) {
            reason = made.error().message;
        } else if (Status task = check_has_task(*made); !task) {
            reason = task.error().message;
        } else if (!made->name().empty() && !names.insert(made->name()).second) {
            reason = "job '" + made->name() + "': another job has this name";
        }
        if (reason.empty()) {
            taken.push_back(*std::move(made));
            continue;
        }
        const std::array fields{LogField{"reason", reason}};
        hub->log(LogLevel::warning, "a job of the configuration was rejected", fields);
        wrong += (wrong.empty() ? "" : "; ") + reason;
    }
    if (!wrong.empty() && !now.skip_invalid_jobs &&
        !mutated(scheduler::SchedulerMutant::invalid_job_is_skipped)) {
        return fail(ErrorCode::invalid_argument, "the configuration: " + wrong);
    }
    return taken;
}

Result<AddJobs> Scheduler::Impl::first_request(const SchedulerConfig& now, Snapshot& snapshot,
                                               std::span<const Job> early) const {
    AddJobs request;
    request.list_accepted = false;
    request.each_alone = true;
    if (zone::Zone::named(now.defaults.zone) == nullptr) {
        return fail(ErrorCode::invalid_argument,
                    "the configuration: defaults: there is no time zone '" + now.defaults.zone +
                        "' in the time-zone data");
    }
    // Also where the storage has jobs, and theirs count: what is wrong does not wait for a new one.
    auto configured = configured_jobs(now);
    if (!configured) return tl::unexpected(std::move(configured).error());
    if (!snapshot.jobs) request.jobs = std::move(*configured);
    if (now.catch_up_jobs && snapshot.watermark) {
        request.counts_from = *snapshot.watermark + Duration(1);
        request.counted = request.jobs.size();
    }
    if (now.reconcile) {
        auto changes =
            now.reconcile(snapshot.jobs ? std::span(*snapshot.jobs) : std::span<const StoredJob>());
        if (!changes) return tl::unexpected(std::move(changes).error());
        request.removed = std::move(changes->remove);
        request.from_files = changes->from_files;
        for (Job& job : changes->put) {
            if (Status task = check_has_task(job); !task) return tl::unexpected(task.error());
            request.jobs.push_back(std::move(job));
        }
    }
    request.jobs.insert(request.jobs.end(), early.begin(), early.end());
    const Job made(now.defaults);
    for (Job& job : request.jobs) complete(job, made);
    if (snapshot.jobs) {
        for (Job& job : *configured) complete(job, made);
        bind_stored(*snapshot.jobs, request, *configured);
    }
    return request;
}

Status Scheduler::Impl::add_handler(std::string name, Handler handler) {
    if (Status may_call = life.check_call(); !may_call) return may_call;
    if (parts) {
        return fail(ErrorCode::invalid_argument,
                    "scheduler '" + config.name + "' was given a Runner, which has the handlers");
    }
    if (name.empty()) return fail(ErrorCode::invalid_argument, "a handler has no name");
    const auto current = life.keep_handler(name, std::move(handler));
    if (!current) return tl::unexpected(current.error());
    if (!*current) return {};  // nobody waits for it
    scheduler::Pipeline& pipeline = ***current;
    return pipeline.jobs().call(BindHandler{std::move(name)}, pipeline.config().timeout);
}

Status Scheduler::Impl::add(std::vector<Job> jobs, bool list_accepted,
                            std::vector<StoredJob>* accepted) {
    for (const Job& job : jobs) {
        if (Status task = check_has_task(job); !task) return task;
    }
    const auto kept = life.keep_early([&](scheduler::EarlyJobs& early) {
        for (Job& job : jobs) {
            if (job.name().empty()) {
                static_cast<void>(job.set_name("job-" + std::to_string(++early.unnamed)));
            }
            if (accepted != nullptr) accepted->push_back({JobRef(job), 0, WallTime{}});
            early.jobs.push_back(std::move(job));
        }
    });
    if (!kept) return tl::unexpected(kept.error());
    if (*kept) return {};
    auto current = life.use();
    if (!current) return tl::unexpected(current.error());
    for (Job& job : jobs) complete(job, (*current)->model());
    AddJobs request;
    request.jobs = std::move(jobs);
    request.list_accepted = list_accepted;
    const bool many = request.jobs.size() >= 100'000;
    auto reply = (*current)->jobs().call(std::move(request), (*current)->config().timeout);
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (many) base::give_memory_back();
    if (accepted != nullptr) *accepted = *std::move(reply);
    return {};
}

}  // namespace quantum
