#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/storage/storage.hpp"

#include "server/engine.hpp"

namespace quantum::server {

/// An engine in a test's hands: jobs in a map, changes noted, answers at once, or not at all.
class FakeEngine final : public Engine {
public:
    FakeEngine() {
        facts_.version = "1.2.3";
        facts_.node = "test-node";
        facts_.pid = 4242;
        facts_.zone_data = "2026b";
        facts_.started = now_value;
    }

    /// Adds a job as it would have been accepted.
    const StoredJob& add(const std::string& name, const std::string& schedule = "30 2 * * *",
                         const std::string& source = "jobs.toml:1",
                         std::vector<std::string> tags = {}) {
        Job job;
        static_cast<void>(job.set_name(name));
        static_cast<void>(job.set_schedule(schedule, {}));
        static_cast<void>(job.set_task(Command{.argv = {"/bin/true", name}}));
        static_cast<void>(job.set_tags(std::move(tags)));
        job.set_source(source);
        return put(std::move(job));
    }
    const StoredJob& put(Job job) {
        StoredJob& stored = jobs[job.name()];
        stored = {
            JobRef(std::move(job)), stored.revision + (stored.job ? 1 : 0), now_value, {}, {}};
        return stored;
    }

    [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
    [[nodiscard]] WallTime now() const override { return now_value; }
    [[nodiscard]] StorageHealth health() const override { return health_value; }
    [[nodiscard]] const Ledger* ledger() const override { return ledger_value; }
    [[nodiscard]] config::JobFileOptions job_options() const override {
        config::JobFileOptions options;
        options.account = {"tester", "/home/tester", false};
        return options;
    }
    [[nodiscard]] bool is_draining() const override { return draining; }

    void ping(std::function<void()> then) override {
        if (!hangs) then();
    }
    void list_jobs(Then<std::vector<StoredJob>> then) override {
        ++lists;
        std::vector<StoredJob> all;
        for (const auto& [name, stored] : jobs) all.push_back(stored);
        answer<std::vector<StoredJob>>(std::move(then), std::move(all));
    }
    void find_job(std::string name, Then<std::optional<scheduler::JobView>> then) override {
        std::optional<scheduler::JobView> found;
        if (const auto known = jobs.find(name); known != jobs.end()) {
            found = scheduler::JobView{known->second, {}};
        }
        answer<std::optional<scheduler::JobView>>(std::move(then), std::move(found));
    }
    void open_runs(Then<std::vector<scheduler::RunView>> then) override {
        answer<std::vector<scheduler::RunView>>(std::move(then), runs);
    }
    void set_pauses(scheduler::SetPauses request, Then<std::size_t> then) override {
        pauses.push_back(request);
        answer<std::size_t>(std::move(then), request.names.size());
    }
    void put_job(scheduler::AddJobs request, Then<StoredJob> then) override {
        puts.push_back(request);
        const auto known = jobs.find(request.jobs.front().name());
        const std::uint32_t revision = known == jobs.end() ? 0 : known->second.revision;
        if (request.if_revision && *request.if_revision != revision) {
            answer<StoredJob>(std::move(then), fail(ErrorCode::already_exists, "another revision"));
        } else {
            answer<StoredJob>(std::move(then), put(request.jobs.front()));
        }
    }
    void remove_job(scheduler::RemoveJob request, Then<void> then) override {
        removes.push_back(request);
        jobs.erase(request.name);
        answer<void>(std::move(then), {});
    }
    void trigger(scheduler::RunJob request, Then<ExecutionId> then) override {
        triggers.push_back(request);
        ExecutionId id;
        id.bytes[15] = static_cast<std::uint8_t>(triggers.size());
        if (refuses_runs) {
            answer<ExecutionId>(std::move(then),
                                fail(ErrorCode::unavailable, "an earlier run is open"));
        } else {
            answer<ExecutionId>(std::move(then), id);
        }
    }
    void add_notes(scheduler::AddNotes request, Then<void> then) override {
        notes.insert(notes.end(), request.notes.begin(), request.notes.end());
        if (refuses_notes) {
            answer<void>(std::move(then), fail(ErrorCode::unavailable, "the disk is full"));
        } else {
            answer<void>(std::move(then), {});
        }
    }
    void stop_runs(scheduler::StopRuns request, Then<std::vector<ExecutionId>> then) override {
        stopped.insert(stopped.end(), request.ids.begin(), request.ids.end());
        answer<std::vector<ExecutionId>>(std::move(then), request.ids);
    }
    void reload(std::string actor, std::string plan, Then<ReloadReport> then) override {
        reloads.push_back(std::move(actor));
        const bool differs = !plan.empty() && plan != planned;
        answer<ReloadReport>(std::move(then), differs ? ReloadReport{.plan_differs = true}
                                                      : ReloadReport{1, 2, 3, 4});
    }
    void drain(std::string actor, std::optional<Duration> timeout, Then<void> then) override {
        drains.emplace_back(std::move(actor), timeout);
        answer<void>(std::move(then), {});
    }

    /// A run of a job, as the engine shows it.
    scheduler::RunView& add_run(const std::string& job, std::uint8_t number,
                                scheduler::Phase phase = scheduler::Phase::running) {
        scheduler::RunView& view = runs.emplace_back();
        view.run.id.bytes[0] = 1;
        view.run.id.bytes[15] = number;
        view.run.job = jobs.at(job).job;
        view.run.due = now_value;
        view.run.not_before = now_value;
        view.run.is_running = phase == scheduler::Phase::running;
        view.claimed_at = now_value;
        view.phase = phase;
        return view;
    }

    std::map<std::string, StoredJob> jobs;
    std::vector<scheduler::RunView> runs;
    std::vector<scheduler::SetPauses> pauses;
    std::vector<scheduler::AddJobs> puts;
    std::vector<scheduler::RemoveJob> removes;
    std::vector<scheduler::RunJob> triggers;
    std::vector<AuditNote> notes;
    std::vector<ExecutionId> stopped;
    std::vector<std::string> reloads;
    std::string planned{"7f3a91c2"};
    std::vector<std::pair<std::string, std::optional<Duration>>> drains;
    int lists = 0;
    bool hangs = false;      ///< the thread that decides does not answer
    bool is_silent = false;  ///< no call is answered until `release`
    bool refuses_runs = false;
    bool refuses_notes = false;
    bool draining = false;
    StorageHealth health_value{};
    const Ledger* ledger_value = nullptr;
    WallTime now_value = WallTime(std::chrono::hours(24 * 365 * 57));

    /// Answers what was not answered.
    void release() {
        is_silent = false;
        for (const auto& late : std::exchange(late_, {})) late();
    }

private:
    template <class Answer>
    void answer(Then<Answer> then, Result<Answer> value) {
        if (!is_silent) return then(std::move(value));
        late_.push_back([then = std::move(then), value = std::move(value)] { then(value); });
    }

    EngineFacts facts_;
    std::vector<std::function<void()>> late_;
};

}  // namespace quantum::server
