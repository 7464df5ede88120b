#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "quantum/execution.hpp"

#include "scheduler/common/persistent_queue.hpp"
#include "scheduler/entries/open_entries.hpp"

namespace quantum::scheduler {

/// The end of a run on its way to the ledger. Small, because most ends consist only of when and
/// how.
class Completion {
public:
    Completion(EntryHandle of, Outcome&& outcome, WallTime at, std::optional<WallTime> started = {},
               std::shared_ptr<const CapturedOutput>&& output = nullptr)
        : entry_handle(of),
          ended_at(at),
          started_at_(started.value_or(never)),
          duration_(outcome.duration),
          kind_(outcome.kind) {
        outcome.started.reset();  // the ledger stores `started_at`
        if (output == nullptr && is_plain(outcome)) return;
        rest_ = std::make_unique<Rest>(Rest{std::move(outcome), std::move(output)});
    }

    [[nodiscard]] OutcomeKind kind() const { return kind_; }
    /// When the work began; none: it did not, or it is unknown.
    [[nodiscard]] std::optional<WallTime> started_at() const {
        if (started_at_ == never) return std::nullopt;
        return started_at_;
    }
    [[nodiscard]] Outcome outcome() const { return rest_ ? rest_->outcome : plain(); }
    [[nodiscard]] Outcome take_outcome() { return rest_ ? std::move(rest_->outcome) : plain(); }
    /// Null if none was captured.
    [[nodiscard]] const CapturedOutput* output() const {
        return rest_ ? rest_->output.get() : nullptr;
    }

    EntryHandle entry_handle;
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
using CompletionQueue = PersistentQueue<Completion>;

}  // namespace quantum::scheduler
