#include "server/name_distance.hpp"

#include <algorithm>
#include <numeric>

namespace quantum::server {
namespace {

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// Insertions, deletions and replacements, row by row; gives up beyond the limit. A name that begins
// with what was typed, or holds it, is nearer than its length says.
std::size_t NearestNames::distance_to(std::string_view name, std::size_t limit) {
    if (wanted_.size() >= 3) {
        if (name.starts_with(wanted_)) return 1;
        if (name.find(wanted_) != std::string_view::npos) return 2;
    }
    const std::size_t longer = std::max(name.size(), wanted_.size());
    if (longer - std::min(name.size(), wanted_.size()) > limit) return limit + 1;
    row_.resize(wanted_.size() + 1);
    std::iota(row_.begin(), row_.end(), std::size_t{0});
    for (std::size_t i = 0; i < name.size(); ++i) {
        std::size_t diagonal = row_[0];
        row_[0] = i + 1;
        std::size_t least = row_[0];
        for (std::size_t k = 0; k < wanted_.size(); ++k) {
            const std::size_t replaced =
                diagonal + (lowered(name[i]) == lowered(wanted_[k]) ? 0 : 1);
            diagonal = row_[k + 1];
            row_[k + 1] = std::min({replaced, row_[k] + 1, row_[k + 1] + 1});
            least = std::min(least, row_[k + 1]);
        }
        if (least > limit) return limit + 1;
    }
    return row_.back();
}

void NearestNames::look_at(std::string_view name) {
    // A third of what was typed may be wrong, and where better ones are known, less.
    std::size_t limit = std::max<std::size_t>(2, wanted_.size() / 3);
    if (found_.size() >= most_) limit = std::min(limit, found_.back().first);
    const std::size_t distance = distance_to(name, limit);
    if (distance > limit) return;
    const auto place =
        std::upper_bound(found_.begin(), found_.end(), std::pair(distance, std::string(name)));
    found_.emplace(place, distance, std::string(name));
    if (found_.size() > most_) found_.pop_back();
}

std::vector<std::string> NearestNames::take() {
    std::vector<std::string> names;
    for (auto& [distance, name] : std::exchange(found_, {})) names.push_back(std::move(name));
    return names;
}

}  // namespace quantum::server
