#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "scheduler/executions/execution_broadcaster.hpp"
#include "scheduler/mutant.hpp"

// The end of a scheduler: what runs is waited for, asked, killed, given up.
namespace quantum::scheduler {

namespace {

constexpr Duration patience_for_the_killed = std::chrono::seconds(2);

DrainStage after(DrainStage stage) {
    return static_cast<DrainStage>(static_cast<std::uint8_t>(stage) + 1);
}

}  // namespace

Reaction<Execution> ExecutionBroadcaster::handle_call(DrainRequest request,
                                                      From<DrainRequest::Drained> from) {
    drain_.waiting.push_back(std::move(from));
    if (drain_.given_up) {
        answer_drain();
        return none();
    }
    drain_.kill_after = request.kill_after;
    if (!drain_.draining) {
        drain_.draining = true;
        drain_.next_step = links_.clock->boot_now() + request.patience;
        disarm();
        if (!mutated(SchedulerMutant::drain_leaves_request))
            refuse_manual_runs({ErrorCode::unavailable, "the scheduler is stopping"});
        drain_step();
    } else if (drain_.next_step) {
        // Less patience than before brings the next step forward; more does not put it off.
        const BootTime sooner = links_.clock->boot_now() + request.patience;
        if (sooner < *drain_.next_step && !mutated(SchedulerMutant::less_patience_ignored)) {
            drain_.next_step = sooner;
            drain_step();
        }
    }
    return emit(pump());
}

void ExecutionBroadcaster::refuse_manual_runs(const Error& why) {
    std::vector<ManualRun> refused = std::exchange(book_.manual, {});
    for (ManualRun& run : book_.manual_runs.take()) refused.push_back(std::move(run));
    for (ManualRun& run : refused) run.answer(tl::unexpected(why));
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(DrainStep) {
    drain_step();
    return emit(pump());
}

Reaction<Execution> ExecutionBroadcaster::handle_cast(StorageInDoubt) {
    storage_is_in_doubt_ = book_.round.has_value();
    drain_on();
    return none();
}

void ExecutionBroadcaster::drain_step() {
    if (!drain_.next_step) return;
    const BootTime now = links_.clock->boot_now();
    if (now >= *drain_.next_step) {
        const std::vector<Ticket> running = under_way();
        drain_.stage = after(drain_.stage);
        // Whoever is told to end now has the time until then; a storage has had it.
        if (drain_.stage == DrainStage::over ||
            (drain_.stage == DrainStage::killed && running.empty())) {
            give_up_drain();
            return;
        }
        end_runs(running);
        try_once_more();
        drain_.next_step = now + (drain_.stage == DrainStage::asked &&
                                          !mutated(SchedulerMutant::drain_kills_at_once)
                                      ? drain_.kill_after
                                      : patience_for_the_killed);
    }
    if (drain_timer_) links_.clock->cancel(*drain_timer_);
    drain_timer_ = links_.clock->wake_after(*drain_.next_step - now,
                                            [me = self(*this)] { me.cast(DrainStep{}); });
}

void ExecutionBroadcaster::end_runs(const std::vector<Ticket>& running) {
    for (const Ticket ticket : running) {
        const OpenEntry& entry = *book_.registry.find(ticket);
        if (entry.phase == Phase::stuck) {
            if (drain_.stage == DrainStage::given_up_as_lost)
                book_.registry.remove(ticket);  // told; its end is recorded
        } else if (drain_.stage == DrainStage::asked) {
            ++drain_.ended_by_force;
            links_.executor->stop(entry.id, StopSignal::terminate);
        } else if (drain_.stage == DrainStage::killed) {
            links_.executor->stop(entry.id, StopSignal::kill);
        } else {
            Outcome outcome;
            outcome.kind = OutcomeKind::lost;
            outcome.reason = "it was still running when the scheduler stopped";
            ++drain_.lost;
            static_cast<void>(
                book_.finishes.put({ticket, std::move(outcome), links_.clock->wall_now()}));
        }
    }
}

// What the storage refused is offered again at once: its answer decides whether it is waited for.
void ExecutionBroadcaster::try_once_more() {
    if (retry_timer_) links_.clock->cancel(*retry_timer_);
    retry_timer_.reset();
    if (std::exchange(storage_is_in_doubt_, false) &&
        !mutated(SchedulerMutant::storage_not_asked_again))
        links_.writer.cast(StorageWriter::CommitNow{});
}

/// The runs that go on, and not those whose ends only wait to be stored.
std::vector<Ticket> ExecutionBroadcaster::under_way() {
    book_.finishes.take(book_.ended);
    std::unordered_set<std::uint64_t> ended;
    for (const FinishedRun& run : book_.ended) ended.insert(static_cast<std::uint64_t>(run.ticket));
    std::vector<Ticket> running;
    for (const Ticket ticket : book_.registry.all()) {
        const Phase phase = book_.registry.find(ticket)->phase;
        const bool goes_on = phase == Phase::running || phase == Phase::stuck;
        if (goes_on && !ended.contains(static_cast<std::uint64_t>(ticket))) {
            running.push_back(ticket);
        }
    }
    return running;
}

void ExecutionBroadcaster::drain_on() {
    if (!drain_.draining || drain_.waiting.empty()) return;
    if (!book_.round && book_.registry.running() == 0 && book_.finishes.empty()) {
        answer_drain();
    } else if (!mutated(SchedulerMutant::stop_waits_for_storage) &&
               drain_.stage >= DrainStage::asked && (retry_timer_ || storage_is_in_doubt_) &&
               under_way().empty()) {
        give_up_drain();
    }
}

std::size_t ExecutionBroadcaster::unstored_ends() const {
    if (mutated(SchedulerMutant::unstored_ends_not_told)) return 0;
    const auto is_open = [this](const FinishedRun& run) {
        return book_.registry.find(run.ticket) != nullptr;
    };
    auto count =
        static_cast<std::size_t>(std::count_if(book_.ended.begin(), book_.ended.end(), is_open));
    if (book_.round) count += book_.round->finishes.size() + book_.round->retried.size();
    return count;
}

void ExecutionBroadcaster::give_up_drain() {
    static_cast<void>(under_way());  // takes the last ends in
    drain_.given_up = true;
    answer_drain();
}

void ExecutionBroadcaster::answer_drain() {
    for (const auto& from : std::exchange(drain_.waiting, {})) {
        from.reply(DrainRequest::Drained{drain_.ended_by_force, drain_.lost, unstored_ends()});
    }
    if (drain_timer_) links_.clock->cancel(*drain_timer_);
    drain_timer_.reset();
    drain_.next_step.reset();
}

}  // namespace quantum::scheduler
