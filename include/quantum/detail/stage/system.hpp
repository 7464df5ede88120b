#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/detail/stage/cell_of.hpp"
#include "quantum/detail/stage/ref.hpp"
#include "quantum/detail/stage/ref_calls.hpp"  // IWYU pragma: export
#include "quantum/log.hpp"
#include "quantum/result.hpp"
#include "quantum/runtime.hpp"

namespace quantum {

namespace detail {

[[nodiscard]] Status register_cell(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                                   const std::type_info& type);

/// Like StageSystem::start, without the type.
[[nodiscard]] Status start_registered(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                                      const std::type_info& type);

}  // namespace detail

/// The home of stages: the runtime they run on, the clock for their timeouts, their names.
///
///     StageSystem stages(runtime, clock);
///     auto numbers = stages.start<Counter>({.name = "numbers"}, 0);
///     auto printer = stages.start<Printer>({.subscribe_to = {{*numbers, {.max_demand = 10}}}});
///     …
///     stages.shutdown(5s);
///
/// The runtime and the clock must outlive it. Stages refer to it: a StageRef must not be used after
/// it is destroyed.
/// Thread-safety: every method may be called from any thread, except the destructor.
class StageSystem {
public:
    explicit StageSystem(Runtime& runtime, Clock& clock, LogSink log = {});
    StageSystem(const StageSystem&) = delete;
    StageSystem& operator=(const StageSystem&) = delete;
    /// Shuts down, waiting up to 5 s if this thread may block. Stages still left are abandoned;
    /// none of their turns may be running, so stop the runtime's threads first if stages may hang.
    ~StageSystem();

    /// Creates a stage that does not run yet. It can be subscribed to and sent messages, which
    /// wait. `args` are copied and passed to S's constructor at each start.
    template <std::derived_from<Stage> S, class... Args>
    requires std::constructible_from < S, const std::decay_t<Args>
    &... > [[nodiscard]] StageRef<S> prepare(typename S::Options options = {}, Args&&... args) {
        auto make = [... kept = std::decay_t<Args>(std::forward<Args>(args))] {
            return std::unique_ptr<Stage>(new S(kept...));
        };
        return StageRef<S>(
            detail::owned(new detail::CellOf<S>(*this, std::move(options), std::move(make))));
    }

    /// The same with a function that creates the object, for constructors with other needs.
    template <std::derived_from<Stage> S>
    [[nodiscard]] StageRef<S> prepare_with(typename S::Options options,
                                           std::function<std::unique_ptr<S>()> maker) {
        return StageRef<S>(
            detail::owned(new detail::CellOf<S>(*this, std::move(options), std::move(maker))));
    }

    /// Creates the stage's object, runs its `init` on this thread, subscribes it and starts it.
    ///
    /// Errors: `already_exists` if a stage with that name is running; `unavailable` if `init`
    /// declined, failed or threw, or the system is shutting down. The stage is then gone for good.
    template <std::derived_from<Stage> S>
    [[nodiscard]] Result<StageRef<S>> start(StageRef<S> prepared) {
        if (Status started = start_cell(prepared.cell(), typeid(S)); !started) {
            return tl::unexpected(std::move(started).error());
        }
        return prepared;
    }

    /// `prepare` and `start` in one.
    template <std::derived_from<Stage> S, class... Args>
    requires std::constructible_from < S, const std::decay_t<Args>
    &... >
        [[nodiscard]] Result<StageRef<S>> start(typename S::Options options = {}, Args&&... args) {
        return start(prepare<S>(std::move(options), std::forward<Args>(args)...));
    }

    /// Looks up a running stage by name.
    /// Errors: `not_found`; `invalid_argument` if it is a stage of another type.
    template <std::derived_from<Stage> S>
    [[nodiscard]] Result<StageRef<S>> find(std::string_view name) const {
        auto cell = find_cell(name, &typeid(S));
        if (!cell) return tl::unexpected(std::move(cell).error());
        return StageRef<S>(*std::move(cell));
    }
    [[nodiscard]] Result<StageHandle> find(std::string_view name) const;

    /// The number of live stages: running, or waiting to be restarted.
    [[nodiscard]] std::size_t size() const;

    /// Asks all stages to stop, in reverse order of their starts, and waits until they have. No
    /// stage starts after this. Errors: `timed_out`; `unavailable` if this thread must not block,
    /// or is in a handler of one of the stages.
    [[nodiscard]] Status shutdown(Duration timeout = std::chrono::seconds(5));

    /// Ends the stages that are left at once, as the destructor does: `terminate` is not called,
    /// and waiting messages are rejected. None of their turns may be running.
    void abandon();

    [[nodiscard]] Runtime& runtime() const { return runtime_; }
    [[nodiscard]] Clock& clock() const { return clock_; }
    [[nodiscard]] const LogSink& log() const { return log_; }

private:
    friend class detail::StageCell;
    friend Status detail::register_cell(StageSystem& system,
                                        const std::shared_ptr<detail::StageCell>& cell,
                                        const std::type_info& type);
    friend Status detail::start_registered(StageSystem& system,
                                           const std::shared_ptr<detail::StageCell>& cell,
                                           const std::type_info& type);
    friend std::uint64_t detail::next_id();
    friend SubscriptionId detail::next_subscription_id();
    struct State;

    [[nodiscard]] Status add(const std::shared_ptr<detail::StageCell>& cell,
                             const std::type_info& type);
    void forget(detail::StageCell& cell);

    [[nodiscard]] Status start_cell(const std::shared_ptr<detail::StageCell>& cell,
                                    const std::type_info& type);
    [[nodiscard]] Result<std::shared_ptr<detail::StageCell>> find_cell(
        std::string_view name, const std::type_info* type) const;
    [[nodiscard]] static std::uint64_t next_id();

    Runtime& runtime_;
    Clock& clock_;
    LogSink log_;
    std::unique_ptr<State> state_;
};

}  // namespace quantum
