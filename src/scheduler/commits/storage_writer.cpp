#include "scheduler/commits/storage_writer.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "scheduler/commits/retry_pause.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

constexpr Duration told_again_after = std::chrono::minutes(1);

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

void append(Batch& to, const Batch& from) {
    append(to.jobs, from.jobs);
    append(to.steps, from.steps);
    append(to.finishes, from.finishes);
    append(to.claims, from.claims);
    append(to.starts, from.starts);
    append(to.skips, from.skips);
    append(to.audit, from.audit);
    if (from.watermark) to.watermark = from.watermark;
}

CommitResult commit_fenced(Storage& storage, const Batch& batch) {
    try {
        return storage.commit(batch);
    } catch (const std::exception& thrown) {
        return {CommitStatus::unknown, thrown.what()};
    } catch (...) {
        return {CommitStatus::unknown,
                "the storage adapter threw something that is not a std::exception"};
    }
}

}  // namespace

StorageWriter::StorageWriter(StorageWriterState& state, Clock& clock, TelemetryHub& hub)
    : state_(state), clock_(clock), hub_(hub) {}

StorageWriter::~StorageWriter() {
    if (timer_) clock_.cancel(*timer_);
}

InitResult StorageWriter::init(Options&) {
    if (std::exchange(state_.started, true) && state_.ask_again) state_.ask_again();
    if (state_.batch || !state_.waiting.empty()) {
        scheduled_ = true;
        self(*this).cast(CommitNow{});
    }
    return InitResult::started();
}

Reaction<> StorageWriter::handle_events(std::vector<CommitRequest> requests, const Subscription&) {
    for (CommitRequest& request : requests) take(std::move(request));
    return none();
}

Reaction<> StorageWriter::handle_cast(CommitRequest request) {
    take(std::move(request));
    return none();
}

void StorageWriter::take(CommitRequest request) {
    const CommitReply& last = state_.answered[static_cast<std::size_t>(request.requester)];
    if (request.number <= last.number) {
        if (request.number == last.number) request.answer(last);
        return;
    }
    const auto is_same = [&](const CommitRequest& known) {
        return known.requester == request.requester && known.number == request.number;
    };
    if (std::any_of(state_.carried.begin(), state_.carried.end(), is_same) ||
        std::any_of(state_.waiting.begin(), state_.waiting.end(), is_same)) {
        return;  // sent again after a crash; its answer is on the way
    }
    state_.waiting.push_back(std::move(request));
    if (!scheduled_ && !timer_) {
        scheduled_ = true;
        self(*this).cast(CommitNow{});
    }
}

Reaction<> StorageWriter::handle_cast(CommitNow) {
    scheduled_ = false;
    if (timer_) clock_.cancel(*timer_);
    timer_.reset();
    commit();
    return none();
}

void StorageWriter::gather() {
    if (state_.batch || state_.waiting.empty()) return;
    QUANTUM_ASSERT(state_.carried.empty());
    state_.carried = std::exchange(state_.waiting, {});
    if (state_.carried.size() == 1) {
        state_.batch = state_.carried.front().batch;
    } else {
        state_.batch = std::make_shared<Batch>();
        for (const CommitRequest& request : state_.carried) append(*state_.batch, *request.batch);
    }
    state_.batch->id = ++state_.last_batch;
    state_.uncertain = false;
}

void StorageWriter::commit() {
    if (state_.fatal) {
        gather();
        answer_all(CommitStatus::fatal, state_.reason);
        return;
    }
    gather();
    if (!state_.batch) return;
    QUANTUM_ASSERT(state_.batch->id == state_.last_batch);  // the same batch comes with the same id
    CommitResult result = commit_fenced(state_.storage, *state_.batch);
    if (result.status == CommitStatus::unknown) {
        if (mutated(SchedulerMutant::unknown_as_failed)) result.status = CommitStatus::failed;
        if (mutated(SchedulerMutant::unknown_as_done)) result.status = CommitStatus::done;
    }
    switch (result.status) {
        case CommitStatus::done:
            if (result.starts_nothing) {
                degrade(result.reason);
            } else {
                heal();
            }
            answer_all(CommitStatus::done, {});
            break;
        case CommitStatus::failed:
            degrade(result.reason);
            // After a lost answer only the adapter can say whether the batch is there: ask again.
            if (state_.uncertain && !mutated(SchedulerMutant::refusal_after_lost_answer_counts)) {
                try_later();
                if (state_.tell_doubt) state_.tell_doubt();
            } else {
                answer_all(CommitStatus::failed, result.reason);
            }
            break;
        case CommitStatus::unknown:
            state_.uncertain = true;
            if (mutated(SchedulerMutant::batch_sent_with_new_id))
                state_.batch->id = ++state_.last_batch;
            degrade(result.reason);
            try_later();
            if (state_.tell_doubt) state_.tell_doubt();
            break;
        case CommitStatus::fatal:
            state_.fatal = !mutated(SchedulerMutant::fatal_is_tried_again);
            state_.reason = result.reason;
            answer_all(CommitStatus::fatal, result.reason);
            break;
    }
    if (!state_.waiting.empty() && !timer_ && !scheduled_) {
        scheduled_ = true;
        self(*this).cast(CommitNow{});
    }
}

void StorageWriter::answer_all(CommitStatus status, const std::string& reason) {
    state_.batch.reset();
    state_.uncertain = false;
    for (CommitRequest& request : std::exchange(state_.carried, {})) {
        CommitReply reply{request.requester, request.number, status, reason};
        QUANTUM_ASSERT(request.number >
                       state_.answered[static_cast<std::size_t>(request.requester)].number);
        state_.answered[static_cast<std::size_t>(request.requester)] = reply;
        request.answer(std::move(reply));
    }
}

void StorageWriter::degrade(const std::string& reason) {
    const BootTime now = clock_.boot_now();
    const bool is_new = !std::exchange(state_.degraded, true);
    if (!is_new && now - state_.told_degraded < told_again_after) return;
    state_.told_degraded = now;
    const std::array fields{LogField{"reason", reason}};
    hub_.log(LogLevel::error, "storage: a batch could not be stored; nothing new starts", fields);
    if (!is_new) return;
    TelemetryEvent event{TelemetryKind::scheduler_state, {}, {}, clock_.wall_now()};
    event.text = "degraded";
    hub_.emit(event);
}

void StorageWriter::heal() {
    state_.pause = Duration::zero();
    if (!state_.degraded) return;
    if (mutated(SchedulerMutant::never_healed)) return;
    state_.degraded = false;
    hub_.log(LogLevel::info, "storage: batches are stored again");
    TelemetryEvent event{TelemetryKind::scheduler_state, {}, {}, clock_.wall_now()};
    event.text = "healed";
    hub_.emit(event);
}

void StorageWriter::try_later() {
    state_.pause = next_pause(state_.pause);
    timer_ = clock_.wake_after(state_.pause, [writer = self(*this)] { writer.cast(CommitNow{}); });
}

}  // namespace quantum::scheduler
