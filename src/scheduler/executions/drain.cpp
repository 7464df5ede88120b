#include "scheduler/executions/drain.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

constexpr Duration time_to_die = std::chrono::seconds(2);

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
    drain_.kill_after = request.kill_after;
    const BootTime end = clock_.boot_now() + request.patience;
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
    const bool asks =
        drain_.stage == DrainStage::asked && !mutated(SchedulerMutant::drain_kills_at_once);
    drain_.next_step = now + (asks ? drain_.kill_after : time_to_die);
    return true;
}

void Drain::look(bool storage_refuses) {
    if (!drain_.draining || drain_.waiting.empty()) return;
    if (!state_.plan && state_.open_entries.running() == 0 && state_.completions.empty()) {
        answer();
    } else if (!mutated(SchedulerMutant::stop_waits_for_storage) &&
               drain_.stage >= DrainStage::asked && storage_refuses && under_way().empty()) {
        give_up();
    }
}

void Drain::end_runs(const std::vector<EntryHandle>& running) {
    for (const EntryHandle entry_handle : running) {
        const OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (entry.phase == Phase::stuck) {
            if (drain_.stage == DrainStage::given_up_as_lost)
                state_.open_entries.remove(entry_handle);  // told; its end is recorded
        } else if (drain_.stage == DrainStage::asked) {
            ++drain_.ended_by_force;
            executor_.stop(entry.id, StopSignal::terminate);
        } else if (drain_.stage == DrainStage::killed) {
            executor_.stop(entry.id, StopSignal::kill);
        } else {
            Outcome outcome;
            outcome.kind = OutcomeKind::lost;
            outcome.reason = "it was still running when the scheduler stopped";
            ++drain_.lost;
            static_cast<void>(
                state_.completions.put({entry_handle, std::move(outcome), clock_.wall_now()}));
        }
    }
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
