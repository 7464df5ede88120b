#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/verify.hpp"

namespace quantum::verify {

/// Collects what does not fit, up to a limit.
class Findings {
public:
    explicit Findings(std::size_t most) : most_(most) {}

    void add(FindingKind kind, const std::string& job, WallTime due, std::string text,
             std::optional<ExecutionId> id = std::nullopt) {
        if (found_.size() >= most_) {
            ++more_;
            return;
        }
        found_.push_back({kind, job, due, id, std::move(text)});
    }
    void add(FindingKind kind, const Entry& entry, std::string text) {
        add(kind, entry.job, entry.due, std::move(text), entry.id);
    }

    [[nodiscard]] std::vector<Finding> take() { return std::move(found_); }
    [[nodiscard]] std::size_t more() const { return more_; }

private:
    std::size_t most_;
    std::size_t more_ = 0;
    std::vector<Finding> found_;
};

}  // namespace quantum::verify
