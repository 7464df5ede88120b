#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "scheduler/default_parts.hpp"

namespace quantum::scheduler {

/// Parts of starts that are over, each kept while functions of it still run.
///
/// Thread-safety: none; the owner's lock.
class RetiredParts {
public:
    /// `runs` lives as long as a function that uses the parts.
    void keep(std::unique_ptr<DefaultParts> parts, std::weak_ptr<void> runs) {
        kept_.push_back({std::move(parts), std::move(runs)});
    }

    /// Those that nothing uses any more; to be destroyed outside the lock.
    [[nodiscard]] std::vector<std::unique_ptr<DefaultParts>> take_unused() {
        std::vector<std::unique_ptr<DefaultParts>> unused;
        for (Kept& one : kept_) {
            if (one.runs.expired()) unused.push_back(std::move(one.parts));
        }
        std::erase_if(kept_, [](const Kept& one) { return one.parts == nullptr; });
        return unused;
    }

private:
    struct Kept {
        std::unique_ptr<DefaultParts> parts;
        std::weak_ptr<void> runs;
    };

    std::vector<Kept> kept_;
};

}  // namespace quantum::scheduler
