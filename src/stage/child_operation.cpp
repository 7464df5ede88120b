#include "quantum/detail/stage/child_operation.hpp"

#include <algorithm>

#include "stage/mutant.hpp"

namespace quantum::detail {
namespace {

bool holds(const std::vector<std::uint64_t>& keys, std::uint64_t key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::optional<std::uint64_t> last_of(const std::vector<std::uint64_t>& keys) {
    return keys.empty() ? std::nullopt : std::optional(keys.back());
}

bool is_affected(Strategy strategy, std::uint64_t restarted, std::uint64_t other) {
    switch (strategy) {
        case Strategy::one_for_one:
            return other == restarted;
        case Strategy::one_for_all:
            return true;
        case Strategy::rest_for_one:
            return mutated(stage::StageMutant::rest_for_one_forgets_rest) ? other == restarted
                                                                          : other >= restarted;
    }
    return false;
}

}  // namespace

void ChildOperation::restart(const SupervisedChildren& children, Strategy strategy,
                             std::uint64_t key) {
    using State = SupervisedChild::State;
    for (auto it = children.rbegin(); it != children.rend(); ++it) {
        const auto& [other, child] = *it;
        if (!is_affected(strategy, key, other)) continue;
        if (child.state == State::stopped &&
            !mutated(stage::StageMutant::stopped_child_comes_back)) {
            continue;
        }
        if (child.state == State::running) to_stop_.push_back(other);
        to_start_.push_back(other);
    }
    if (mutated(stage::StageMutant::started_in_reverse))
        std::reverse(to_start_.begin(), to_start_.end());
    std::reverse(to_stop_.begin(), to_stop_.end());
}

void ChildOperation::shut_down(const SupervisedChildren& children) {
    clear();
    for (const auto& [key, child] : children) {
        if (child.is_living()) to_stop_.push_back(key);
    }
}

void ChildOperation::clear() {
    to_stop_.clear();
    to_start_.clear();
}

bool ChildOperation::is_to_stop(std::uint64_t key) const { return holds(to_stop_, key); }

bool ChildOperation::is_to_start(std::uint64_t key) const { return holds(to_start_, key); }

std::optional<std::uint64_t> ChildOperation::next_stop() const { return last_of(to_stop_); }

std::optional<std::uint64_t> ChildOperation::next_start() const { return last_of(to_start_); }

}  // namespace quantum::detail
