#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "scheduler/default_parts.hpp"

namespace quantum::scheduler {

/// The parts of earlier starts, each kept while functions of it are still running, or its own
/// thread.
///
/// Thread-safety: none; protected by the owner's lock.
class RetiredParts {
public:
    /// `runs` exists as long as a function uses the parts.
    void keep(std::unique_ptr<DefaultParts> parts, std::weak_ptr<void> runs) {
        kept_.push_back({std::move(parts), std::move(runs)});
    }

    /// Removes those that are no longer used and that this thread may destroy, which must be done
    /// outside the lock.
    [[nodiscard]] std::vector<std::unique_ptr<DefaultParts>> take_unused() {
        std::vector<std::unique_ptr<DefaultParts>> unused;
        for (Kept& one : kept_) {
            if (!one.runs.expired() || one.parts->is_on_own_thread()) continue;
            unused.push_back(std::move(one.parts));
        }
        std::erase_if(kept_, [](const Kept& one) { return one.parts == nullptr; });
        return unused;
    }

    /// Removes all.
    [[nodiscard]] std::vector<std::unique_ptr<DefaultParts>> take_all() {
        std::vector<std::unique_ptr<DefaultParts>> all;
        for (Kept& one : std::exchange(kept_, {})) all.push_back(std::move(one.parts));
        return all;
    }

private:
    struct Kept {
        std::unique_ptr<DefaultParts> parts;
        std::weak_ptr<void> runs;
    };

    std::vector<Kept> kept_;
};

}  // namespace quantum::scheduler
