#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum {

/// The input of a run strategy.
struct Placement {
    std::string_view job;
    WallTime due;
    std::string_view self;                        ///< the scheduler's own node
    std::span<const std::string> available = {};  ///< all nodes that are up, including `self`
};

/// Decides on which nodes a due time runs. You can implement your own.
///
/// The same input must always give the same result.
class RunStrategy {
public:
    /// The meaning of the returned nodes.
    enum class Targets : std::uint8_t {
        one,   ///< it runs once, on the first of them
        each,  ///< it runs on each, and each has its own entry in the ledger
    };

    virtual ~RunStrategy() = default;

    /// A node that is not available does not run the job: `skipped(node_down)`. The same applies if
    /// no node is returned.
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

/// One node of a list, or of all available nodes, chosen among those that are up, based on job and
/// due time.
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
