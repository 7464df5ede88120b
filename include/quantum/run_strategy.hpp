#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum {

/// What a run strategy is asked about.
struct Placement {
    std::string_view job;
    WallTime due;
    std::string_view self;                        ///< the scheduler's own node
    std::span<const std::string> available = {};  ///< all that are up, `self` included
};

/// On which nodes a due time runs. Users add their own.
///
/// The same question must have the same answer, whenever it is asked again.
/// Thread-safety: `nodes` is const and may be called from any thread.
class RunStrategy {
public:
    /// What the nodes named mean.
    enum class Targets : std::uint8_t {
        one,   ///< the run happens once, on the first of them
        each,  ///< it happens on each, and each has its own entry in the ledger
    };

    virtual ~RunStrategy() = default;

    /// A node that is not available does not run the job: `skipped(node_down)`, as does none.
    [[nodiscard]] virtual std::vector<std::string> nodes(const Placement& placement) const = 0;
    [[nodiscard]] virtual Targets targets() const { return Targets::each; }

protected:
    RunStrategy() = default;
    RunStrategy(const RunStrategy&) = default;
    RunStrategy& operator=(const RunStrategy&) = default;
};

/// The node the scheduler runs on.
class LocalStrategy final : public RunStrategy {
public:
    [[nodiscard]] std::vector<std::string> nodes(const Placement& placement) const override;
    [[nodiscard]] Targets targets() const override { return Targets::one; }
};

/// Every node of a list, or every one that is available.
class AllStrategy final : public RunStrategy {
public:
    AllStrategy() = default;
    explicit AllStrategy(std::vector<std::string> list) : list_(std::move(list)) {}
    [[nodiscard]] std::vector<std::string> nodes(const Placement& placement) const override;
    [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

private:
    std::vector<std::string> list_;
};

/// One node of a list, or of those that are available: drawn from job and due time, among those
/// that are up.
class RandomStrategy final : public RunStrategy {
public:
    RandomStrategy() = default;
    explicit RandomStrategy(std::vector<std::string> list) : list_(std::move(list)) {}
    [[nodiscard]] std::vector<std::string> nodes(const Placement& placement) const override;
    [[nodiscard]] Targets targets() const override { return Targets::one; }
    [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

private:
    std::vector<std::string> list_;
};

}  // namespace quantum
