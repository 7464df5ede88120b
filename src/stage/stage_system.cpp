#include <atomic>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantum/detail/stage/system.hpp"

#include "base/mutex.hpp"
#include "stage/cell_messages.hpp"
#include "stage/mutant.hpp"

namespace quantum {

struct StageSystem::State {
    struct Named {
        detail::StageCell* cell;
        const std::type_info* type;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    // A leaf: nothing is called and nothing else is locked while it is held.
    mutable base::Mutex mutex;
    std::unordered_map<std::string, Named, Hash, std::equal_to<>> names QUANTUM_GUARDED_BY(mutex);
    detail::StageCell* newest QUANTUM_GUARDED_BY(mutex) = nullptr;
    std::size_t count QUANTUM_GUARDED_BY(mutex) = 0;
    bool closing QUANTUM_GUARDED_BY(mutex) = false;
    std::vector<std::shared_ptr<detail::CallSlot>> waiters QUANTUM_GUARDED_BY(mutex);

    /// Newest first.
    std::vector<std::shared_ptr<detail::StageCell>> live() const QUANTUM_EXCLUDES(mutex) {
        const base::MutexLock lock(mutex);
        std::vector<std::shared_ptr<detail::StageCell>> out;
        out.reserve(count);
        for (auto* cell = newest; cell != nullptr; cell = cell->links.previous) {
            out.push_back(cell->links.self);
        }
        return out;
    }
};

namespace detail {

Status register_cell(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                     const std::type_info& type) {
    return system.add(cell, type);
}

Status start_registered(StageSystem& system, const std::shared_ptr<StageCell>& cell,
                        const std::type_info& type) {
    return system.start_cell(cell, type);
}

std::uint64_t next_id() { return StageSystem::next_id(); }
SubscriptionId next_subscription_id() { return SubscriptionId{StageSystem::next_id()}; }

}  // namespace detail

StageSystem::StageSystem(Runtime& runtime, Clock& clock, LogSink log)
    : runtime_(runtime), clock_(clock), log_(std::move(log)), state_(std::make_unique<State>()) {}

StageSystem::~StageSystem() {
    static_cast<void>(shutdown());
    abandon();
}

void StageSystem::abandon() {
    for (const auto& cell : state_->live()) cell->abandon(StopReason::killed());
}

std::uint64_t StageSystem::next_id() {
    static std::atomic<std::uint64_t> last_id{0};
    return last_id.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::size_t StageSystem::size() const {
    const base::MutexLock lock(state_->mutex);
    return state_->count;
}

Status StageSystem::add(const std::shared_ptr<detail::StageCell>& cell,
                        const std::type_info& type) {
    if (cell == nullptr) return fail(ErrorCode::invalid_argument, "no stage to start");
    const base::MutexLock lock(state_->mutex);
    if (state_->closing && !mutated(stage::StageMutant::starts_while_closing)) {
        return fail(ErrorCode::unavailable, cell->label() + ": the stage system is shutting down");
    }
    if (cell->links.self != nullptr) {
        return fail(ErrorCode::already_exists, cell->label() + " is running already");
    }
    if (!cell->name().empty() &&
        !state_->names.emplace(cell->name(), State::Named{cell.get(), &type}).second) {
        return fail(ErrorCode::already_exists, cell->label() + " is running already");
    }
    cell->links.previous = state_->newest;
    if (state_->newest != nullptr) state_->newest->links.next = cell.get();
    state_->newest = cell.get();
    cell->links.next = nullptr;
    cell->links.self = cell;
    ++state_->count;
    return {};
}

void StageSystem::forget(detail::StageCell& cell) {
    std::shared_ptr<detail::StageCell> self;
    std::vector<std::shared_ptr<detail::CallSlot>> waiters;
    {
        const base::MutexLock lock(state_->mutex);
        if (cell.links.self == nullptr) return;
        self = std::move(cell.links.self);
        if (state_->newest == &cell) state_->newest = cell.links.previous;
        if (cell.links.next != nullptr) cell.links.next->links.previous = cell.links.previous;
        if (cell.links.previous != nullptr) cell.links.previous->links.next = cell.links.next;
        const auto named = state_->names.find(cell.name());
        if (named != state_->names.end() && named->second.cell == &cell &&
            !mutated(stage::StageMutant::name_not_given_back)) {
            state_->names.erase(named);
        }
        if (--state_->count == 0) waiters = std::exchange(state_->waiters, {});
    }
    for (const auto& waiter : waiters) {
        if (waiter->claim()) waiter->publish();
    }
}

Status StageSystem::start_cell(const std::shared_ptr<detail::StageCell>& cell,
                               const std::type_info& type) {
    if (Status added = add(cell, type); !added) return added;
    const std::string label = cell->label();
    switch (cell->start()) {
        case detail::Started::running:
            return {};
        case detail::Started::ignored:
            cell->abandon(StopReason::normal());
            return fail(ErrorCode::unavailable, label + ": init declined to start");
        case detail::Started::failed:
            break;
    }
    const StopReason reason = cell->stop_reason();
    cell->abandon(reason);
    return fail(ErrorCode::unavailable, label + " did not start: " + reason.to_string());
}

Result<std::shared_ptr<detail::StageCell>> StageSystem::find_cell(
    std::string_view name, const std::type_info* type) const {
    const base::MutexLock lock(state_->mutex);
    const auto found = state_->names.find(name);
    if (found == state_->names.end()) {
        return fail(ErrorCode::not_found, "no stage '" + std::string(name) + "'");
    }
    if (type != nullptr && *found->second.type != *type &&
        !mutated(stage::StageMutant::type_not_asked)) {
        return fail(ErrorCode::invalid_argument,
                    "stage '" + std::string(name) + "' is of another type");
    }
    return found->second.cell->links.self;
}

Result<StageHandle> StageSystem::find(std::string_view name) const {
    auto cell = find_cell(name, nullptr);
    if (!cell) return tl::unexpected(std::move(cell).error());
    return StageHandle(*std::move(cell));
}

Status StageSystem::shutdown(Duration timeout) {
    {
        const base::MutexLock lock(state_->mutex);
        state_->closing = true;
    }
    for (const auto& cell : state_->live()) {
        if (!cell->is_supervised()) {
            cell->send<stage::StopMessage>(StopReason::shutdown());
        }
    }
    if (size() == 0) return {};
    const detail::StageCell* const current = detail::StageCell::current();
    if (current != nullptr && &current->system() == this) {
        return fail(ErrorCode::unavailable,
                    current->label() + " would wait for itself: it is one of the stages");
    }
    if (runtime_.waiting() == Waiting::refuse) {
        return fail(ErrorCode::unavailable,
                    "waiting for stages on the only thread that could run them");
    }
    auto slot = std::make_shared<detail::TypedCallSlot<void>>();
    slot->result.emplace();
    bool waits = false;
    {
        const base::MutexLock lock(state_->mutex);
        waits = state_->count > 0;
        if (waits) state_->waiters.push_back(slot);
    }
    if (!waits) return {};
    return slot->wait(runtime_, clock_, timeout, std::to_string(size()) + " stages");
}

}  // namespace quantum
