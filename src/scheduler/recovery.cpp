#include "scheduler/recovery.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "scheduler/available_nodes.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

// The latest instant that the wall clock is known to have shown since it was last set back.
std::optional<WallTime> last_shown(const Snapshot& snapshot) {
    std::optional<WallTime> shown = snapshot.watermark;
    const auto look = [&](const std::vector<Entry>& entries) {
        for (const Entry& entry : entries) {
            // What was claimed before that may have seen a later time.
            if (snapshot.step && entry.pass != snapshot.step->pass &&
                entry.claimed_at <= snapshot.step->repeated_until) {
                continue;
            }
            if (shown) shown = std::max(*shown, entry.claimed_at);
        }
    };
    look(snapshot.open);
    look(snapshot.decided);
    return shown;
}

// What ran or waits to run again, then the rest: nothing of its job has its turn before it is over,
// even where a clock that was set back made that due earlier.
std::vector<const Entry*> by_what_began(const std::vector<Entry>& open) {
    std::vector<const Entry*> sorted;
    sorted.reserve(open.size());
    for (const Entry& entry : open) sorted.push_back(&entry);
    if (mutated(SchedulerMutant::queue_passes_rerun)) return sorted;
    std::stable_partition(sorted.begin(), sorted.end(), [](const Entry* entry) {
        return entry->state == EntryState::started || entry->attempt > 1;
    });
    return sorted;
}

bool has_fixed_times(const Job& job) { return job.schedule() && job.schedule()->is_fixed_time(); }

}  // namespace

Recovery::Recovery(const Snapshot& snapshot, Instant instant, const SchedulerConfig& config,
                   const std::string& zone_data, const Targets& targets, Binding binding)
    : snapshot_(snapshot),
      now_(instant.wall),
      boot_(instant.boot),
      config_(config),
      zone_data_(zone_data),
      state_(targets.state),
      table_(targets.table),
      hub_(targets.hub),
      binding_(binding) {}

std::vector<Execution> Recovery::run() {
    load_jobs();
    load_positions();
    return load_open_entries();
}

void Recovery::load_jobs() {
    if (config_.debug_logging) {
        const std::array fields{
            LogField{"jobs", snapshot_.jobs ? "of the storage" : "of the configuration"},
            LogField{"last_execution", snapshot_.watermark ? "of the storage" : "now"}};
        hub_.log(LogLevel::debug, "the scheduler starts", fields);
    }
    state_.missed_until = now_ - Duration(1);
    state_.watermark = snapshot_.watermark;
    // Set back while nobody looked: the ledger tells what the wall clock had shown before, and the
    // first look at the clocks will see the step.
    const std::optional<WallTime> shown = last_shown(snapshot_);
    if (shown && *shown > now_ && !mutated(SchedulerMutant::step_back_while_down_unseen) &&
        classify_step(now_ - *shown) != StepKind::none) {
        state_.wall_offset = shown->time_since_epoch() - boot_.time_since_epoch();
        state_.offset_known = true;
    }
    if (snapshot_.step) {
        state_.pass = snapshot_.step->pass;
        state_.repeated_until = snapshot_.step->repeated_until;
        state_.fixed_times_done_until = snapshot_.step->fixed_times_done_until;
        state_.rewind_pass = snapshot_.step->rewind_pass;
        state_.rewind_until = snapshot_.step->rewind_until;
    }
    for (const TriggerKey& known : snapshot_.keys) {
        if (mutated(SchedulerMutant::keys_lost_at_restart)) break;
        state_.keys.insert_or_assign(known.job + '\n' + known.key, KnownRun{known.id, known.at});
    }
    // For who reads the ledger later: from the watermark to here nobody looked at the clock.
    state_.notes.push_back(
        {now_,
         "scheduler",
         "start",
         {},
         snapshot_.watermark ? "since " + base::rfc3339(*snapshot_.watermark) : std::string()});
    if (!snapshot_.jobs) return;
    compare_zone_data(*snapshot_.jobs);
    for (StoredJob stored : *snapshot_.jobs) {
        if (stored.effective_from == WallTime{}) {
            stored.effective_from = snapshot_.watermark ? *snapshot_.watermark + Duration(1) : now_;
        }
        if (const auto& schedule = stored.job->schedule();
            schedule && schedule->is_reboot() && schedule->anchor() == WallTime{}) {
            Job anchored = *stored.job;
            anchored.set_schedule(schedule->anchored_at(stored.effective_from));
            stored.job = std::move(anchored);
        }
        table_.load(stored, binding_.is_unbound(stored));
    }
}

// Their due times from now on are those of the new data; what is claimed stays as it is.
void Recovery::compare_zone_data(std::span<const StoredJob> stored) const {
    const auto is_older = [this](const StoredJob& job) {
        return !job.zone_data.empty() && job.zone_data != zone_data_;
    };
    const auto first = std::find_if(stored.begin(), stored.end(), is_older);
    if (first == stored.end()) return;
    const std::string count = std::to_string(std::count_if(first, stored.end(), is_older));
    const std::string_view in_use = zone_data_.empty() ? std::string_view("unknown") : zone_data_;
    const std::array fields{LogField{"then", first->zone_data}, LogField{"now", in_use},
                            LogField{"jobs", count}};
    hub_.log(LogLevel::info, "time-zone data has changed since jobs were accepted", fields);
}

// Where each job stands: at the watermark, beyond what is decided above it, and not before the
// instant from which it counts.
void Recovery::load_positions() {
    std::map<std::string_view, WallTime> decided;
    const auto note = [&](const Entry& entry) {
        if (entry.kind != ExecutionKind::scheduled) return;
        if (entry.pass != state_.pass_of(entry.due)) {
            const auto index = table_.find(entry.job);
            const bool fixed = index && has_fixed_times(*table_.row(*index).job);
            if (!fixed || !state_.counts_as_used(entry.due, entry.pass)) return;
        }
        WallTime& last = decided.try_emplace(entry.job, WallTime::min()).first->second;
        last = std::max({last, entry.due, entry.until});
    };
    for (const Entry& entry : snapshot_.open) note(entry);
    for (const Entry& entry : snapshot_.decided) note(entry);
    for (std::uint32_t index = 0; index < table_.indexes(); ++index) {
        const JobRow& row = table_.row(index);
        if (row.state != JobRow::State::active) continue;
        JobRecord& record = state_.at(table_.handle_of(index));
        record.job = row.job;
        record.revision = row.revision;
        record.active = true;
        record.unbound = row.unbound;
        ExecutionState::look_at_anchor(record, now_);
        WallTime position = row.since - Duration(1);
        // Since the clock was set back, the watermark may lie before the acceptance of older jobs.
        const bool set_back = state_.pass > 0 && row.since > now_;
        // What a pause skips has its row when the pause ends, and counts from where it began.
        const auto& pause = row.job->pause();
        record.paused = pause.has_value();
        const bool in_pause = pause && (!pause->until || !snapshot_.watermark ||
                                        *snapshot_.watermark < *pause->until);
        if (snapshot_.watermark && !in_pause && (*snapshot_.watermark > row.since || set_back)) {
            position = *snapshot_.watermark;
        }
        if (const auto last = decided.find(row.job->name()); last != decided.end()) {
            position = std::max(position, last->second);
        }
        if (state_.pass > 0 && has_fixed_times(*row.job) &&
            !mutated(SchedulerMutant::used_until_forgotten)) {
            position = std::max(position, state_.fixed_times_done_until);
        }
        record.decide_until(position);
    }
}

// What was started has an end that nobody knows; what was claimed is decided anew.
std::vector<Execution> Recovery::load_open_entries() {
    std::vector<Execution> adopted;
    for (const Entry* each : by_what_began(snapshot_.open)) {
        const Entry& entry = *each;
        const auto index = table_.find(entry.job);
        OpenEntry open = open_entry(entry, index);
        if (entry.state == EntryState::started) {
            if (mutated(SchedulerMutant::started_kept_at_restart)) continue;
            open.phase = Phase::running;
            Execution& execution = adopted.emplace_back();
            execution.id = open.id;
            execution.job = open.job;
            execution.due = open.due;
            execution.fired = entry.handed_at.value_or(open.due);
            execution.attempt = open.attempt;
            execution.pass = open.pass;
            execution.kind = open.kind;
            execution.entry_handle =
                static_cast<std::uint64_t>(state_.open_entries.add(std::move(open)));
            continue;
        }
        wait_anew(open, entry, index);
        const bool claimed_unbound = open.phase == Phase::unbound;
        if (claimed_unbound && !table_.row(*index).unbound) note_bound(*index);
        const WallTime not_before = open.not_before();
        const bool waits = open.phase == Phase::delayed;
        const bool too_late =
            !claimed_unbound && open.grace != Duration::max() && now_ - not_before > open.grace;
        const EntryHandle entry_handle = state_.open_entries.add(std::move(open));
        if (waits) {
            const Duration wait = std::max(Duration::zero(), not_before - now_);
            state_.alarms.add({boot_ + wait, entry_handle, Alarm::Kind::wake});
        }
        if (!index) {
            state_.withdrawn.push_back({entry_handle, SkipReason::superseded});
        } else if (too_late) {
            state_.withdrawn.push_back({entry_handle, SkipReason::misfire});
        }
    }
    return adopted;
}

void Recovery::wait_anew(OpenEntry& open, const Entry& entry,
                         std::optional<std::uint32_t> index) const {
    const bool unbound = index && table_.row(*index).unbound;
    if (open.is_retry()) {
        ++state_.retries;
        // The next due time may have ended it.
        open.phase = unbound ? Phase::unbound : Phase::delayed;
        return;
    }
    // What an older definition claimed may have been a queue.
    const bool same = index && table_.row(*index).revision == entry.revision;
    const bool in_turn = (same && open.job->overlap() == Overlap::allow) ||
                         mutated(SchedulerMutant::queue_lost_at_restart) ||
                         state_.open_entries.runs_of(index_of(open.handle)).open == 0;
    if (unbound || (index && open.claimed_unbound)) return wait_for_function(open, in_turn);
    open.phase = !in_turn               ? Phase::queued
                 : open.must_wait(now_) ? Phase::delayed
                                        : Phase::waiting_for_slot;
    const bool settled =
        !in_turn || grace_is_settled(*open.job, entry.due, entry.claimed_at, config_.misfire_after);
    if (entry.kind == ExecutionKind::scheduled && !settled) {
        open.grace = grace_of(*open.job, entry.due);
    }
}

// Grace as without this: what waited its turn as one of several missed runs has been judged, and
// for other queued runs it begins now.
void Recovery::wait_for_function(OpenEntry& open, bool in_turn) const {
    open.phase = Phase::unbound;
    if (open.kind != ExecutionKind::scheduled) return;
    if (!open.claimed_unbound &&
        grace_is_settled(*open.job, open.due, open.claimed_at, config_.misfire_after)) {
        return;
    }
    open.grace = grace_of(*open.job, open.due);
    const bool begins_now = !in_turn && !open.claimed_unbound && open.grace != Duration::max();
    if (begins_now) open.grace += std::max(now_ - open.not_before(), Duration::zero());
}

// Once for all of its entries.
void Recovery::note_bound(std::uint32_t index) {
    const JobHandle handle = table_.handle_of(index);
    const bool known = std::any_of(state_.bound.begin(), state_.bound.end(),
                                   [&](const BoundJob& bound) { return bound.handle == handle; });
    if (!known) state_.bound.push_back({handle, table_.row(index).job});
}

OpenEntry Recovery::open_entry(const Entry& entry, std::optional<std::uint32_t> index) {
    OpenEntry open;
    open.id = entry.id;
    open.revision = entry.revision;
    open.due = entry.due;
    open.attempt = entry.attempt;
    open.pass = entry.pass;
    open.kind = entry.kind;
    if (index) {
        open.job = table_.row(*index).job;
        open.handle = table_.handle_of(*index);
    } else {
        // Its job is gone, but its name is still to be told.
        Job gone;
        static_cast<void>(gone.set_name(entry.job));
        open.job = std::move(gone);
        open.handle = make_handle(orphans_index, 0);
    }
    open.limit_set = state_.open_entries.limit_set_of(open.job->tags());
    const auto not_before = entry.attempt > 1 ? entry.retry_at : entry.not_before;
    if (not_before) open.own_special().not_before = *not_before;
    open.claimed_at = entry.claimed_at;
    open.claimed_unbound =
        entry.reason == SkipReason::unbound && !mutated(SchedulerMutant::unbound_claim_forgotten);
    if (entry.state == EntryState::claimed && entry.attempt > 1) {
        open.own_special().last = entry.outcome.value_or(Outcome{});
    }
    if (entry.target != "*") {
        open.own_special().node = state_.node_named(entry.target);
        open.own_special().own_target = true;
    } else if (const RunStrategy* strategy = open.job->run_strategy().get()) {
        const std::vector<std::string> available = available_nodes(config_);
        auto nodes = strategy->nodes({entry.job, entry.due, config_.node, available});
        if (!nodes.empty()) open.own_special().node = state_.node_named(std::move(nodes.front()));
    }
    return open;
}

}  // namespace quantum::scheduler
