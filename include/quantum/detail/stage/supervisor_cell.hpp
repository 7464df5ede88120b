#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/child_operation.hpp"
#include "quantum/detail/stage/child_spec.hpp"
#include "quantum/detail/stage/restart_budget.hpp"
#include "quantum/detail/stage/supervised_child.hpp"
#include "quantum/result.hpp"

namespace quantum {

struct SupervisorOptions {
    std::string name = {};
    Strategy strategy = Strategy::one_for_one;
    /// More restarts than this within `period` stop the supervisor.
    std::size_t max_restarts = 3;
    Duration period = std::chrono::seconds(5);
};

namespace detail {

/// A stage that manages the life of other stages. Everything happens on its own turns; it never
/// waits, but continues when a child reports that it has ended.
class SupervisorCell : public StageCell {
public:
    SupervisorCell(StageSystem& system, SupervisorOptions options, std::vector<ChildSpec> children);

    bool crash(CrashPoint) override { return false; }
    void on_stop_asked(StopReason reason) override;
    void on_child_exited(std::uint64_t child, const std::shared_ptr<StageCell>& cell,
                         const StopReason& reason) override;
    void on_down(const Down&) override {}
    void on_child_late(std::uint64_t child, std::uint64_t generation);
    void on_retry();

    /// Called on its turn. The child starts at once, after the others.
    [[nodiscard]] Status add_child(ChildSpec spec);
    /// Replies once the child has stopped.
    void stop_child(std::string id, From<void> from);
    [[nodiscard]] Status restart_child(std::string_view id);
    [[nodiscard]] Status remove_child(std::string_view id);
    [[nodiscard]] std::vector<ChildInfo> children() const;

protected:
    [[nodiscard]] bool has_children() const { return !children_.empty(); }
    [[nodiscard]] bool is_child(std::uint64_t child) const { return children_.count(child) > 0; }
    /// True if stopped children are not to be started again.
    [[nodiscard]] virtual bool forgets_children() const { return false; }
    /// A child added by `add_child` is gone for good.
    virtual void on_child_gone(std::uint64_t child) { static_cast<void>(child); }
    [[nodiscard]] std::uint64_t last_child() const { return last_child_; }

    void make_stage() override {}
    InitResult init_stage() override;
    void terminate_stage(const StopReason&) override {}
    void destroy_stage() override;
    void cancel_subscriptions(const StopReason&) override {}
    void drop_leftovers() override;
    void handle_timeout_now() override {}
    void release_memory_now() override {}

private:
    using Child = SupervisedChild;
    using Children = SupervisedChildren;
    struct StopRequest {
        std::string id;
        From<void> from;
    };

    [[nodiscard]] Status insert_child(ChildSpec spec, bool dynamic);
    void give_up(const Child& child, const StopReason& reason);
    void child_failed(std::uint64_t key, const StopReason& reason);
    void begin_shutdown(StopReason reason);
    void advance();
    bool stop_next();
    void end_child(std::uint64_t key, Child& child);
    void begin_stop_request();
    void finish_stop_request();
    [[nodiscard]] Children::iterator find_child(std::string_view id);
    [[nodiscard]] bool is_active(const Children::value_type& child) const;
    [[nodiscard]] Error no_child(std::string_view id) const;
    void start_pending();
    void forget_child(std::uint64_t key);
    Started start_child(std::uint64_t key, Child& child);
    void end_for_good(Child& child);
    [[nodiscard]] bool allow_restart();

    SupervisorOptions options_;
    std::vector<ChildSpec> specs_;  // for the first start
    Children children_;             // in the order they were added
    std::uint64_t last_child_ = 0;
    RestartBudget budget_;
    ChildOperation operation_;
    std::deque<std::pair<std::uint64_t, StopReason>>
        later_;                               // exits that happened during an operation
    std::deque<StopRequest> stop_requests_;   // the first is in progress, or next
    std::optional<std::uint64_t> stops_for_;  // the child that the first one is about
    std::optional<StopReason> final_;         // shutting down
    bool retrying_ = false;
};

}  // namespace detail
}  // namespace quantum
