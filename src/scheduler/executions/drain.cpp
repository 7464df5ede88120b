#include "scheduler/executions/drain.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

/// For a process that was killed, to be gone.
constexpr Duration time_to_die = std::chrono::seconds(2);
/// For what was told to end at once, to report it.
constexpr Duration time_to_report = std::chrono::milliseconds(10);
/// For the last ends, to be stored.
constexpr Duration time_to_store = std::chrono::milliseconds(40);

BootTime end_after(BootTime now, Duration wait) {
    return wait < BootTime::max() - now ? now + std::max(wait, Duration::zero()) : BootTime::max();
}

DrainStage after(DrainStage stage) {
    return static_cast<DrainStage>(static_cast<std::uint8_t>(stage) + 1);
}

}  // namespace

bool Drain::ask(const DrainRequest& request, From<DrainRequest::Drained> from) {
    drain_.waiting.push_back(std::move(from));
    if (drain_.given_up) {
        answer();
        return false;
    }
    if (request.caller && !mutated(SchedulerMutant::stop_waits_for_its_caller)) {
        drain_.callers.push_back(*request.caller);
    }
    drain_.kill_after = request.kill_after;
    const BootTime end = end_after(clock_.boot_now(), request.patience);
    if (!drain_.draining) {
        drain_.draining = true;
        drain_.next_step = end;
        return true;
    }
    // Less patience than before brings the next step forward; more does not put it off.
    if (drain_.next_step && end < *drain_.next_step &&
        !mutated(SchedulerMutant::less_patience_ignored)) {
        drain_.next_step = end;
    }
    return false;
}

bool Drain::step() {
    const BootTime now = clock_.boot_now();
    if (!drain_.next_step || now < *drain_.next_step) return false;
    const std::vector<EntryHandle> running = under_way();
    QUANTUM_ASSERT(drain_.stage != DrainStage::over);
    drain_.stage = after(drain_.stage);
    // Whoever is told to end now has the time until then; a storage has had it.
    if (drain_.stage == DrainStage::over ||
        (drain_.stage == DrainStage::killed && running.empty())) {
        give_up();
        return false;
    }
    end_runs(running);
    drain_.next_step = end_after(now, time_of_stage());
    return true;
}

/// How long until the next step. Passes over a stage for which nothing is left.
Duration Drain::time_of_stage() {
    switch (drain_.stage) {
        case DrainStage::asked:
            return mutated(SchedulerMutant::drain_kills_at_once) ? time_to_die : drain_.kill_after;
        case DrainStage::killed:
            return mutated(SchedulerMutant::function_gets_time_to_die) ? time_to_die
                                                                       : time_to_report;
        case DrainStage::functions_lost:
            if (!under_way().empty()) return time_to_die;
            drain_.stage = DrainStage::all_lost;
            return time_to_store;
        default:
            return time_to_store;
    }
}

bool Drain::look(bool storage_refuses) {
    if (!drain_.draining || drain_.waiting.empty()) return false;
    if (!state_.plan && state_.open_entries.running() == 0 && state_.completions.empty()) {
        answer();
    } else if (!mutated(SchedulerMutant::stop_waits_for_storage) &&
               drain_.stage >= DrainStage::asked && storage_refuses && under_way().empty()) {
        give_up();
    } else if (!drain_.callers.empty()) {
        return leave_callers();
    }
    return false;
}

/// Where nothing runs but what is waiting for this drain. True: their ends are to be planned.
bool Drain::leave_callers() {
    const std::vector<EntryHandle> running = under_way();
    const auto waits = [this](EntryHandle one) { return is_caller(one); };
    if (running.empty() || !std::all_of(running.begin(), running.end(), waits)) return false;
    for (const EntryHandle entry_handle : running) {
        executor_.watch(static_cast<std::uint64_t>(entry_handle));
        lose(entry_handle);
    }
    return true;
}

bool Drain::is_caller(EntryHandle entry_handle) const {
    const ExecutionId& id = state_.open_entries.at(entry_handle).id;
    return std::find(drain_.callers.begin(), drain_.callers.end(), id) != drain_.callers.end();
}

/// What is a function to its job may be anything to a runner, but nobody has to be able to end it.
bool Drain::can_be_killed(EntryHandle entry_handle) const {
    const TaskKind kind = state_.open_entries.at(entry_handle).job->task().kind();
    return kind == TaskKind::command || kind == TaskKind::request;
}

void Drain::end_runs(const std::vector<EntryHandle>& running) {
    for (const EntryHandle entry_handle : running) end_run(entry_handle);
}

void Drain::end_run(EntryHandle entry_handle) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    switch (drain_.stage) {
        case DrainStage::asked:
            if (entry.phase == Phase::stuck) return;
            ++drain_.ended_by_force;
            executor_.watch(static_cast<std::uint64_t>(entry_handle));
            executor_.stop(entry.id, StopSignal::terminate);
            return;
        case DrainStage::killed:
            if (entry.phase != Phase::stuck) executor_.stop(entry.id, StopSignal::kill);
            return;
        case DrainStage::functions_lost:
            if (!can_be_killed(entry_handle)) lose(entry_handle);
            return;
        default:
            lose(entry_handle);
    }
}

void Drain::lose(EntryHandle entry_handle) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    if (entry.phase == Phase::stuck) {
        state_.open_entries.remove(entry_handle);  // told; its end is recorded
        return;
    }
    const WallTime now = clock_.wall_now();
    auto outcome =
        executor_.give_up(planner_.execution_of(entry_handle, entry, now, clock_.boot_now()),
                          "it was still running when the scheduler stopped");
    if (!outcome) return;  // it is ending
    ++drain_.lost;
    static_cast<void>(state_.completions.put({entry_handle, *std::move(outcome), now}));
}

/// The runs that go on, and not those whose ends only wait to be stored.
std::vector<EntryHandle> Drain::under_way() {
    state_.completions.take(state_.ended);
    std::unordered_set<std::uint64_t> ended;
    for (const Completion& run : state_.ended)
        ended.insert(static_cast<std::uint64_t>(run.entry_handle));
    std::vector<EntryHandle> running;
    for (const EntryHandle entry_handle : state_.open_entries.all()) {
        const Phase phase = state_.open_entries.at(entry_handle).phase;
        const bool goes_on = phase == Phase::running || phase == Phase::stuck;
        if (goes_on && !ended.contains(static_cast<std::uint64_t>(entry_handle))) {
            running.push_back(entry_handle);
        }
    }
    return running;
}

std::size_t Drain::unstored_ends() const {
    if (mutated(SchedulerMutant::unstored_ends_not_told)) return 0;
    const auto is_open = [this](const Completion& run) {
        return state_.open_entries.find(run.entry_handle) != nullptr;
    };
    auto count =
        static_cast<std::size_t>(std::count_if(state_.ended.begin(), state_.ended.end(), is_open));
    if (state_.plan) count += state_.plan->finishes.size() + state_.plan->retried.size();
    return count;
}

void Drain::give_up() {
    static_cast<void>(under_way());  // takes the last ends in
    drain_.given_up = true;
    answer();
}

void Drain::answer() {
    for (const auto& from : std::exchange(drain_.waiting, {})) {
        from.reply(DrainRequest::Drained{drain_.ended_by_force, drain_.lost, unstored_ends()});
    }
    drain_.next_step.reset();
}

}  // namespace quantum::scheduler
