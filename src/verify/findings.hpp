#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/verify.hpp"

#include "verify/row.hpp"

namespace quantum::verify {

/// Collects discrepancies, up to a limit.
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

    [[nodiscard]] std::vector<Finding> take() { return std::move(found_); }
    [[nodiscard]] std::size_t more() const { return more_; }

private:
    std::size_t most_;
    std::size_t more_ = 0;
    std::vector<Finding> found_;
};

/// The same, for findings about one job.
class JobFindings {
public:
    JobFindings(Findings& all, const std::string& job) : all_(all), job_(job) {}

    void add(FindingKind kind, const Row& row, std::string text) {
        all_.add(kind, job_, row.due, std::move(text), row.id);
    }
    void add(FindingKind kind, WallTime due, std::string text,
             std::optional<ExecutionId> id = std::nullopt) {
        all_.add(kind, job_, due, std::move(text), id);
    }
    [[nodiscard]] const std::string& job() const { return job_; }

private:
    Findings& all_;
    const std::string& job_;
};

}  // namespace quantum::verify
