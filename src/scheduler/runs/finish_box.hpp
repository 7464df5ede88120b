#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/execution.hpp"

#include "scheduler/entries/task_registry.hpp"

namespace quantum::scheduler {

/// The end of a run on its way to the ledger. Small, since most ends have nothing to tell but when
/// and how.
class FinishedRun {
public:
    FinishedRun(Ticket of, Outcome&& outcome, WallTime at, std::optional<WallTime> started = {},
                std::shared_ptr<const CapturedOutput>&& output = nullptr)
        : ticket(of),
          ended_at(at),
          started_at_(started.value_or(never)),
          duration_(outcome.duration),
          kind_(outcome.kind) {
        outcome.started.reset();  // what the ledger keeps is `started_at`
        if (output == nullptr && is_plain(outcome)) return;
        rest_ = std::make_unique<Rest>(Rest{std::move(outcome), std::move(output)});
    }

    [[nodiscard]] OutcomeKind kind() const { return kind_; }
    /// When the work began; none: it did not, or nobody knows when.
    [[nodiscard]] std::optional<WallTime> started_at() const {
        if (started_at_ == never) return std::nullopt;
        return started_at_;
    }
    [[nodiscard]] Outcome outcome() const { return rest_ ? rest_->outcome : plain(); }
    [[nodiscard]] Outcome take_outcome() { return rest_ ? std::move(rest_->outcome) : plain(); }
    /// Null where none was kept.
    [[nodiscard]] const CapturedOutput* output() const {
        return rest_ ? rest_->output.get() : nullptr;
    }

    Ticket ticket;
    WallTime ended_at;

private:
    struct Rest {
        Outcome outcome;
        std::shared_ptr<const CapturedOutput> output;
    };
    [[nodiscard]] static bool is_plain(const Outcome& outcome) {
        return outcome.reason.empty() && outcome.result.empty() && !outcome.exit_code &&
               outcome.signal == 0 && outcome.peak_memory == 0 && outcome.cpu == Duration::zero();
    }
    [[nodiscard]] Outcome plain() const {
        Outcome outcome;
        outcome.kind = kind_;
        outcome.duration = duration_;
        return outcome;
    }

    static constexpr WallTime never = WallTime::min();

    WallTime started_at_;
    Duration duration_;
    std::unique_ptr<Rest> rest_;
    OutcomeKind kind_;
};

/// Where runs report their ends, until ExecutionBroadcaster takes them.
///
/// Outlives every stage: a crash loses no end. Thread-safety: any thread; the mutex is a leaf.
class FinishBox {
public:
    /// True if the box was empty: the caller tells ExecutionBroadcaster.
    [[nodiscard]] bool put(FinishedRun&& run) {
        const std::lock_guard lock(mutex_);
        runs_.push_back(std::move(run));
        return runs_.size() == 1;
    }

    /// Moves everything to the end of `out`. What `out` has room for, the box has after that.
    void take(std::vector<FinishedRun>& out) {
        const std::lock_guard lock(mutex_);
        if (out.empty()) {
            out.swap(runs_);
            return;
        }
        for (FinishedRun& run : runs_) out.push_back(std::move(run));
        runs_.clear();
    }

    [[nodiscard]] bool empty() const {
        const std::lock_guard lock(mutex_);
        return runs_.empty();
    }

private:
    mutable std::mutex mutex_;
    std::vector<FinishedRun> runs_;
};

}  // namespace quantum::scheduler
