#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantum {

/// On which nodes a run happens. Users add their own.
///
/// Thread-safety: `nodes` is const and may be called from any thread.
class RunStrategy {
public:
    virtual ~RunStrategy() = default;

    /// The nodes out of `available` that run the job; `self` is the scheduler's own.
    [[nodiscard]] virtual std::vector<std::string> nodes(
        std::string_view job, std::string_view self,
        std::span<const std::string> available) const = 0;

protected:
    RunStrategy() = default;
    RunStrategy(const RunStrategy&) = default;
    RunStrategy& operator=(const RunStrategy&) = default;
};

/// The node the scheduler runs on.
class LocalStrategy final : public RunStrategy {
public:
    [[nodiscard]] std::vector<std::string> nodes(
        std::string_view job, std::string_view self,
        std::span<const std::string> available) const override;
};

}  // namespace quantum
