#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum::run {

/// Executions that arrived in one call and are taken one by one, by any thread, without a lock.
class ExecutionBatch {
public:
    /// Room for this many, to be filled before anybody takes.
    ExecutionBatch(std::size_t size, RunObserver& whom, BootTime when)
        : observer(whom), came(when), is_taken_(std::make_unique<std::atomic<bool>[]>(size)) {}
    void fill(std::vector<Execution>&& executions) noexcept { executions_ = std::move(executions); }

    /// Takes the first that nobody has taken; null if all are taken.
    [[nodiscard]] const Execution* take() {
        for (;;) {
            const std::size_t at = next_.fetch_add(1, std::memory_order_relaxed);
            if (at >= executions_.size()) return nullptr;
            if (at + ahead < executions_.size()) fetch(*executions_[at + ahead].job);
            if (!is_taken_[at].exchange(true, std::memory_order_relaxed)) return &executions_[at];
        }
    }

    /// Takes a particular one; null if it is already taken or not here.
    [[nodiscard]] const Execution* take(const ExecutionId& id) {
        for (std::size_t at = passed(); at < executions_.size(); ++at) {
            if (executions_[at].id != id) continue;
            if (is_taken_[at].exchange(true, std::memory_order_relaxed)) return nullptr;
            return &executions_[at];
        }
        return nullptr;
    }

    [[nodiscard]] std::size_t size() const { return executions_.size(); }
    /// The number taken from the front.
    [[nodiscard]] std::size_t passed() const {
        return std::min(next_.load(std::memory_order_relaxed), executions_.size());
    }

    RunObserver& observer;
    const BootTime came;

private:
    static constexpr std::size_t ahead = 4;
    /// Another thread has just used the job, so loading it takes time.
    static void fetch(const Job& job) {
        const char* const begin = reinterpret_cast<const char*>(&job);
        __builtin_prefetch(begin + 32);
        __builtin_prefetch(begin + 96);
    }

    std::vector<Execution> executions_;
    const std::unique_ptr<std::atomic<bool>[]> is_taken_;
    std::atomic<std::size_t> next_{0};
};

/// The executions waiting for a thread, batch after batch. Not thread-safe, except for taking from
/// a batch.
class BatchQueue {
public:
    /// Adds a batch and its executions; if it throws, the executions are unchanged.
    void push(std::shared_ptr<ExecutionBatch> span, std::vector<Execution>&& executions) {
        spans_.push_back(std::move(span));
        came_ += executions.size();
        spans_.back()->fill(std::move(executions));
    }

    /// The first batch with something left, or null.
    [[nodiscard]] std::shared_ptr<ExecutionBatch> front() {
        while (!spans_.empty() && spans_.front()->passed() == spans_.front()->size()) {
            gone_ += spans_.front()->size();
            spans_.pop_front();
        }
        return spans_.empty() ? nullptr : spans_.front();
    }

    /// How many have been taken since the start. Those taken out of turn are counted when their
    /// turn comes.
    [[nodiscard]] std::uint64_t taken() const {
        std::uint64_t taken = gone_;
        for (const auto& span : spans_) {
            taken += span->passed();
            if (span->passed() < span->size()) break;
        }
        return taken;
    }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(came_ - taken()); }

    [[nodiscard]] std::vector<std::shared_ptr<ExecutionBatch>> spans() const {
        return {spans_.begin(), spans_.end()};
    }

private:
    std::deque<std::shared_ptr<ExecutionBatch>> spans_;
    std::uint64_t came_ = 0;
    std::uint64_t gone_ = 0;
};

}  // namespace quantum::run
