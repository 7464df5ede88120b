#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "quantum/detail/stage/supervised_child.hpp"

namespace quantum {

/// What happens to the other children when one must be restarted.
enum class Strategy : std::uint8_t {
    one_for_one,   ///< nothing
    one_for_all,   ///< all are stopped in reverse order and started again
    rest_for_one,  ///< those started after it are
};

namespace detail {

/// What a supervisor does to its children at a time: it stops some, in reverse order, and then
/// starts some again. Used only on the supervisor's turns.
class ChildOperation {
public:
    /// Child `key` is to run again, and with it the children that `strategy` says.
    void restart(const SupervisedChildren& children, Strategy strategy, std::uint64_t key);
    /// All that run are stopped, and none is started.
    void shut_down(const SupervisedChildren& children);
    void stop(std::uint64_t key) { to_stop_.push_back(key); }
    void clear();

    [[nodiscard]] bool is_under_way() const { return !to_stop_.empty() || !to_start_.empty(); }
    [[nodiscard]] bool is_stopping() const { return !to_stop_.empty(); }
    [[nodiscard]] bool is_to_stop(std::uint64_t key) const;
    [[nodiscard]] bool is_to_start(std::uint64_t key) const;

    /// The next one; none: all are done.
    [[nodiscard]] std::optional<std::uint64_t> next_stop() const;
    [[nodiscard]] std::optional<std::uint64_t> next_start() const;
    void stop_done() { to_stop_.pop_back(); }
    void start_done() { to_start_.pop_back(); }

private:
    std::vector<std::uint64_t> to_stop_;   // next last
    std::vector<std::uint64_t> to_start_;  // next last
};

}  // namespace detail
}  // namespace quantum
