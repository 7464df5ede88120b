#include "verify/stretch_counts.hpp"

#include <algorithm>
#include <utility>

#include "verify/mutant.hpp"

namespace quantum::verify {

StretchCounts::StretchCounts(const std::vector<const Row*>& rows)
    : stretches_(rows.begin(), rows.end()) {}

void StretchCounts::count(const Slot& slot, ChanceMatching& matching) {
    find(slot);
    passes_.clear();
    for (const StretchCount* stretch : beside_) passes_.push_back(stretch->row->pass);
    matching.place_stretches(passes_);
    for (std::size_t i = 0; i < beside_.size(); ++i) count(slot, matching, i);
}

// Those that lie over the slot; first those that still need due times, and the latest passes.
void StretchCounts::find(const Slot& slot) {
    beside_.clear();
    while (next_ < stretches_.size() && stretches_[next_].row->due <= slot.due) ++next_;
    // Stretches of one job hardly ever overlap: the walk back is short.
    std::size_t looked_at = 0;
    for (std::size_t i = next_; i-- > 0 && looked_at < 8; ++looked_at) {
        if (stretches_[i].row->until >= slot.due) beside_.push_back(&stretches_[i]);
    }
    if (beside_.size() < 2) return;
    std::stable_sort(
        beside_.begin(), beside_.end(), [](const StretchCount* a, const StretchCount* b) {
            return std::pair(!a->full(), a->row->pass) > std::pair(!b->full(), b->row->pass);
        });
}

void StretchCounts::count(const Slot& slot, const ChanceMatching& matching, std::size_t index) {
    using Use = ChanceMatching::Use;
    const std::size_t part = matching.part_of_stretch(index);
    if (part == ChanceMatching::none) return;
    bool any_used = false;
    bool all_required = true;
    for (std::size_t i = 0; i < beside_.size(); ++i) {
        if (matching.part_of_stretch(i) != part) continue;
        any_used = any_used || matching.use_of_stretch(i) != Use::idle;
        all_required = all_required && matching.use_of_stretch(i) == Use::required;
    }
    if (!any_used) return;
    StretchCount& stretch = *beside_[index];
    for (std::size_t i = 0; i < index && !all_required; ++i) {
        if (matching.part_of_stretch(i) == part) share(stretch, *beside_[i]);
    }
    ++stretch.possible;
    if (!stretch.first) stretch.first = slot;
    stretch.last = slot;
    if (matching.use_of_stretch(index) == Use::required) ++stretch.required;
    if (matching.use_of_stretch(index) == Use::welcome) ++stretch.welcome;
    if (all_required) ++stretch.forced;
}

std::size_t StretchCounts::first_of_shared(std::size_t index) const {
    while (stretches_[index].shares_with != ChanceMatching::none) {
        index = stretches_[index].shares_with;
    }
    return index;
}

void StretchCounts::share(StretchCount& one, StretchCount& other) {
    const auto [first, second] =
        std::minmax({first_of_shared(index_of(one)), first_of_shared(index_of(other))});
    if (first != second) stretches_[second].shares_with = first;
}

void StretchCounts::close(const std::function<bool(const Row&)>& is_cut) {
    sums_.assign(stretches_.size(), {});
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
        StretchCount& stretch = stretches_[i];
        stretch.is_cut = is_cut(*stretch.row);
        Sum& sum = sums_[first_of_shared(i)];
        sum.count += stretch.row->count;
        sum.required += stretch.required;
        sum.most += stretch.required + stretch.welcome;
        sum.is_cut = sum.is_cut || stretch.is_cut;
        ++sum.stretches;
    }
}

std::string StretchCounts::what_is_wrong(const StretchCount& stretch) const {
    if (stretch.is_cut) return {};
    const std::uint32_t count = stretch.row->count;
    const Sum& sum = sums_[first_of_shared(index_of(stretch))];
    const bool alone = count < stretch.forced || count > stretch.possible || stretch.possible == 0;
    const bool together = !sum.is_cut && (sum.count < sum.required || sum.count > sum.most);
    if (alone || (together && sum.stretches == 1)) {
        return "there are " + std::to_string(stretch.possible) + " that no other row has";
    }
    if (!together || mutated(VerifyMutant::shared_count_not_asked)) return {};
    return "with the rows that reach over the same due times it is " + std::to_string(sum.count) +
           ", and there are " + std::to_string(sum.most) + " that no other row has";
}

}  // namespace quantum::verify
