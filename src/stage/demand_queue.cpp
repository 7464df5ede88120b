#include "quantum/detail/stage/demand_queue.hpp"

#include <algorithm>

namespace quantum::detail {

void DemandQueue::add(SubscriptionId consumer) { wants_.push_back({consumer, 0}); }

void DemandQueue::remove(SubscriptionId consumer) {
    const std::size_t index = index_of(consumer);
    if (index == wants_.size()) return;
    wanted_ -= wants_[index].count;
    wants_.erase(wants_.begin() + static_cast<std::ptrdiff_t>(index));
}

void DemandQueue::ask(SubscriptionId consumer, std::size_t count) {
    const std::size_t index = index_of(consumer);
    if (index == wants_.size()) return;
    const auto moved = wants_.begin() + static_cast<std::ptrdiff_t>(index);
    moved->count += count;
    wanted_ += count;
    const auto behind = std::find_if(wants_.begin(), moved,
                                     [&](const Share& want) { return want.count < moved->count; });
    std::rotate(behind, moved, moved + 1);
}

DemandQueue::Share DemandQueue::take(std::size_t count) {
    if (wants_.empty()) return {};
    Share& first = wants_.front();
    const Share taken{first.consumer, std::min(first.count, count)};
    if (taken.count == 0) return {};
    first.count -= taken.count;
    wanted_ -= taken.count;
    const auto behind = std::find_if(wants_.begin() + 1, wants_.end(),
                                     [&](const Share& want) { return want.count <= first.count; });
    std::rotate(wants_.begin(), wants_.begin() + 1, behind);
    return taken;
}

std::size_t DemandQueue::index_of(SubscriptionId consumer) const {
    std::size_t index = 0;
    while (index < wants_.size() && wants_[index].consumer != consumer) ++index;
    return index;
}

}  // namespace quantum::detail
