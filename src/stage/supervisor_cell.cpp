#include "quantum/detail/stage/supervisor_cell.hpp"

#include <algorithm>
#include <utility>

#include "quantum/detail/stage/system.hpp"

#include "stage/cell_messages.hpp"
#include "stage/mutant.hpp"
#include "stage/supervisor_messages.hpp"

namespace quantum::detail {

SupervisorCell::SupervisorCell(StageSystem& system, SupervisorOptions options,
                               std::vector<ChildSpec> children)
    : StageCell(system, options.name),
      options_(std::move(options)),
      specs_(std::move(children)),
      budget_(options_.max_restarts, options_.period) {}

InitResult SupervisorCell::init_stage() {
    budget_.reset();
    later_.clear();
    final_.reset();
    retrying_ = false;
    if (const auto specs = std::exchange(specs_, {}); !specs.empty()) {
        drop_leftovers();  // of a start that failed halfway
        for (const ChildSpec& spec : specs) {
            if (Status added = insert_child(spec, false); !added) {
                specs_ = specs;
                return InitResult::stop(StopReason::error(std::move(added).error().message));
            }
        }
        return InitResult::started();
    }
    for (auto& [key, child] : children_) {  // a supervisor that was itself restarted
        if (start_child(key, child) == Started::failed) {
            return InitResult::stop(StopReason::error(child.failure_text()));
        }
    }
    return InitResult::started();
}

Status SupervisorCell::add_child(ChildSpec spec) { return insert_child(std::move(spec), true); }

Status SupervisorCell::insert_child(ChildSpec spec, bool dynamic) {
    if (spec.cell == nullptr) return fail(ErrorCode::invalid_argument, "no stage to supervise");
    if (final_) return fail(ErrorCode::unavailable, label() + " is shutting down");
    const std::uint64_t key = ++last_child_;
    if (spec.options.id.empty()) spec.options.id = spec.cell->name();
    if (spec.options.id.empty()) {
        spec.options.id = "child " + std::to_string(key);
    } else if (find_child(spec.options.id) != children_.end()) {
        return fail(ErrorCode::already_exists,
                    label() + " has a child '" + spec.options.id + "' already");
    }
    Child& child = children_[key];
    child.spec = std::move(spec);
    child.dynamic = dynamic;
    switch (start_child(key, child)) {
        case Started::running:
            return {};
        case Started::ignored:
            if (dynamic) children_.erase(key);
            return {};
        case Started::failed:
            break;
    }
    const std::string message = child.failure_text();
    end_for_good(child);
    children_.erase(key);
    return fail(ErrorCode::unavailable, message);
}

SupervisorCell::Children::iterator SupervisorCell::find_child(std::string_view id) {
    return std::find_if(children_.begin(), children_.end(),
                        [id](const auto& each) { return each.second.spec.options.id == id; });
}

Error SupervisorCell::no_child(std::string_view id) const {
    return {ErrorCode::not_found, label() + " has no child '" + std::string(id) + "'"};
}

void SupervisorCell::stop_child(std::string id, From<void> from) {
    stop_requests_.push_back({std::move(id), std::move(from)});
    if (!operation_.is_under_way()) advance();
}

/// Of the first in the queue, when nothing else is under way.
void SupervisorCell::begin_stop_request() {
    const StopRequest& request = stop_requests_.front();
    const auto found = find_child(request.id);
    if (found == children_.end()) {
        request.from.fail(no_child(request.id));
        stop_requests_.pop_front();
        return;
    }
    stops_for_ = found->first;
    if (found->second.state == Child::State::running) {
        operation_.stop(found->first);
        stop_next();
    } else {
        finish_stop_request();
    }
}

void SupervisorCell::finish_stop_request() {
    const std::uint64_t key = *std::exchange(stops_for_, std::nullopt);
    const From<void> from = std::move(stop_requests_.front().from);
    stop_requests_.pop_front();
    const auto found = children_.find(key);
    if (found != children_.end()) {
        Child& child = found->second;
        end_for_good(child);
        child.state = Child::State::stopped;
        if (child.spec.options.restart == Restart::temporary || forgets_children()) {
            const bool dynamic = child.dynamic;
            children_.erase(found);
            if (dynamic) on_child_gone(key);
        }
    }
    from.reply();
}

/// Runs, or is about to.
bool SupervisorCell::is_active(const Children::value_type& child) const {
    return child.second.is_living() || operation_.is_to_start(child.first);
}

Status SupervisorCell::restart_child(std::string_view id) {
    const auto found = find_child(id);
    if (found == children_.end()) return tl::unexpected(no_child(id));
    if (is_active(*found)) {
        return fail(ErrorCode::already_exists,
                    "child '" + std::string(id) + "' is running already");
    }
    if (final_) return fail(ErrorCode::unavailable, label() + " is shutting down");
    auto& [key, child] = *found;
    if (start_child(key, child) != Started::failed) return {};
    child.state = Child::State::stopped;
    end_for_good(child);
    return fail(ErrorCode::unavailable, child.failure_text());
}

Status SupervisorCell::remove_child(std::string_view id) {
    const auto found = find_child(id);
    if (found == children_.end()) return tl::unexpected(no_child(id));
    if (is_active(*found)) {
        return fail(ErrorCode::invalid_argument,
                    "child '" + std::string(id) + "' is running: stop it first");
    }
    end_for_good(found->second);
    children_.erase(found);
    return {};
}

std::vector<ChildInfo> SupervisorCell::children() const {
    std::vector<ChildInfo> out;
    for (const auto& [key, child] : children_) {
        out.push_back(child.info());
    }
    return out;
}

Started SupervisorCell::start_child(std::uint64_t key, Child& child) {
    return child.start(system(), shared_from_this(), key);
}

void SupervisorCell::end_for_good(Child& child) { child.end_for_good(system().clock(), *this); }

void SupervisorCell::on_stop_asked(StopReason reason) { begin_shutdown(std::move(reason)); }

void SupervisorCell::on_child_exited(std::uint64_t key, const std::shared_ptr<StageCell>& cell,
                                     const StopReason& reason) {
    const auto found = children_.find(key);
    if (found == children_.end()) {  // given up while it was still busy
        cell->abandon(reason);
        return;
    }
    Child& child = found->second;
    child.cancel_timer(system().clock());
    if (child.state == Child::State::stopped) {  // killed; its handler has returned now
        cell->abandon(reason);
        return;
    }
    const bool asked = child.state == Child::State::stopping;
    child.state = Child::State::exited;
    if (asked || operation_.is_to_stop(key) || final_) {
        advance();
    } else if (operation_.is_under_way()) {
        if (!mutated(stage::StageMutant::exit_during_restart_lost))
            later_.emplace_back(key, reason);
    } else {
        child_failed(key, reason);
    }
}

/// A child ended by itself, or did not come up again.
void SupervisorCell::child_failed(std::uint64_t key, const StopReason& reason) {
    const auto found = children_.find(key);
    if (found == children_.end()) return;
    if (!found->second.is_restarted_after(reason)) {
        forget_child(key);
        return;
    }
    if (!allow_restart()) {
        give_up(found->second, reason);
        return;
    }
    operation_.restart(children_, options_.strategy, key);
    advance();
}

void SupervisorCell::give_up(const Child& child, const StopReason& reason) {
    begin_shutdown(StopReason::error("more than " + std::to_string(options_.max_restarts) +
                                     " restarts in the allowed time, the last of child '" +
                                     child.spec.options.id + "' (" + reason.to_string() + ")"));
}

bool SupervisorCell::allow_restart() { return budget_.take(system().clock().boot_now()); }

void SupervisorCell::begin_shutdown(StopReason reason) {
    if (final_) return;
    final_ = std::move(reason);
    later_.clear();
    stop_requests_.clear();
    stops_for_.reset();
    operation_.shut_down(children_);
    advance();
}

/// Does what can be done now of the operation under way.
void SupervisorCell::advance() {
    while (stop_next()) {
    }
    if (operation_.is_stopping()) return;  // its exit, or its time-out, calls again
    if (final_) {
        request_stop(*final_);
        return;
    }
    if (stops_for_) finish_stop_request();
    start_pending();
    while (!operation_.is_under_way() && !final_ && !later_.empty()) {
        const auto [key, reason] = std::move(later_.front());
        later_.pop_front();
        child_failed(key, reason);
    }
    while (!operation_.is_under_way() && !final_ && !stop_requests_.empty()) begin_stop_request();
}

/// True while there may be more to do at once.
bool SupervisorCell::stop_next() {
    const auto key = operation_.next_stop();
    if (!key) return false;
    const auto found = children_.find(*key);
    if (found == children_.end() || found->second.state == Child::State::exited ||
        found->second.state == Child::State::stopped) {
        operation_.stop_done();
        return true;
    }
    if (found->second.state == Child::State::running) end_child(*key, found->second);
    return false;
}

void SupervisorCell::end_child(std::uint64_t key, Child& child) {
    child.end(system().clock(), [weak = weak_from_this(), key, generation = child.generation] {
        if (const auto cell = weak.lock()) cell->send<stage::ChildLateMessage>(key, generation);
    });
}

void SupervisorCell::on_child_late(std::uint64_t key, std::uint64_t generation) {
    const auto found = children_.find(key);
    if (found == children_.end() || found->second.generation != generation ||
        found->second.state != Child::State::stopping) {
        return;
    }
    Child& child = found->second;
    child.timer.reset();
    child.spec.cell->kill();
    stage::log_stage(*child.spec.cell, LogLevel::warning, "did not stop in time, killed", "");
    if (stops_for_ == key) {
        child.state = Child::State::stopped;
        advance();
        return;
    }
    if (!final_ || mutated(stage::StageMutant::late_child_kept))
        return;  // it cannot be restarted before its handler returned
    // It ends itself when its handler returns: its exit finds no supervisor then.
    child.state = Child::State::exited;
    children_.erase(found);
    advance();
}

void SupervisorCell::start_pending() {
    while (!retrying_) {
        const auto key = operation_.next_start();
        if (!key) return;
        const auto found = children_.find(*key);
        if (found == children_.end()) {
            operation_.start_done();
            continue;
        }
        Child& child = found->second;
        switch (start_child(*key, child)) {
            case Started::running:
            case Started::ignored:
                operation_.start_done();
                break;
            case Started::failed:
                if (!allow_restart()) {
                    give_up(child, child.failure);
                    return;
                }
                if (mutated(stage::StageMutant::failed_restart_given_up)) {
                    operation_.start_done();
                    break;
                }
                retrying_ = true;  // behind what else waits: a child may need another's message
                send<stage::RetryMessage>();
                break;
        }
    }
}

void SupervisorCell::on_retry() {
    retrying_ = false;
    if (!final_) advance();
}

/// It ended and is not wanted again. A child of the first start keeps its place: where all are
/// restarted, so is it.
void SupervisorCell::forget_child(std::uint64_t key) {
    const auto found = children_.find(key);
    if (found == children_.end()) return;
    end_for_good(found->second);
    const bool dynamic = found->second.dynamic;
    if (dynamic || (found->second.spec.options.restart == Restart::temporary &&
                    !mutated(stage::StageMutant::temporary_child_kept))) {
        children_.erase(found);
    }
    if (dynamic) on_child_gone(key);
}

/// All that still runs is told to end. Where this supervisor may be restarted, what has ended waits
/// for that with its mailbox.
void SupervisorCell::destroy_stage() {
    for (auto it = children_.rbegin(); it != children_.rend(); ++it) {
        it->second.cancel_timer(system().clock());
        if (it->second.state == Child::State::running) {
            it->second.spec.cell->send<stage::StopMessage>(StopReason::shutdown());
        }
    }
    for (auto it = children_.begin(); it != children_.end();) {
        Child& child = it->second;
        const bool ended = !child.is_living();
        if (ended && child.dynamic) end_for_good(child);
        // What still runs finds no supervisor when it ends.
        it = ended && !child.dynamic ? std::next(it) : children_.erase(it);
    }
    operation_.clear();
    stop_requests_.clear();
    stops_for_.reset();
}

void SupervisorCell::drop_leftovers() {
    for (auto it = children_.rbegin(); it != children_.rend(); ++it) end_for_good(it->second);
    children_.clear();
}

}  // namespace quantum::detail
