#include "run/output/secret_mask.hpp"

#include <algorithm>
#include <utility>

namespace quantum::run {
namespace {

constexpr std::string_view shown_instead = "***";

std::vector<std::string> backwards(std::vector<std::string> values) {
    for (std::string& value : values) std::reverse(value.begin(), value.end());
    return values;
}

}  // namespace

struct SecretMask::Values {
    explicit Values(std::vector<std::string> values)
        : begun(values), ending(backwards(std::move(values))) {}

    ValueTree begun;
    ValueTree ending;  ///< read from the end of a text on, it tells what begins at each byte
};

SecretMask::SecretMask(std::vector<std::string> values) {
    std::erase(values, std::string());
    if (!values.empty()) values_ = std::make_shared<const Values>(std::move(values));
}

void SecretMask::hold(std::string_view chunk) {
    held_.append(chunk);
    for (const char byte : chunk) state_ = values_->begun.next(state_, byte);
}

std::string SecretMask::mask(bool at_end) {
    const ValueTree& tree = values_->begun;
    const std::size_t size = held_.size();
    const auto may_go_on = [&] { return tree.longest(state_) > tree.length(state_); };
    if (!at_end && tree.length(state_) == size && may_go_on()) return {};
    std::vector<std::uint32_t> whole(size);  // by where it begins, the longest value
    ValueTree::State ending = 0;
    for (std::size_t at = size; at-- > 0;) {
        ending = values_->ending.next(ending, held_[at]);
        whole[at] = static_cast<std::uint32_t>(values_->ending.whole(ending));
    }
    std::string masked;
    std::size_t at = 0;
    while (at < size) {
        while (tree.length(state_) > size - at) state_ = tree.shorter(state_);
        const bool is_begun = tree.length(state_) == size - at && may_go_on();
        if (is_begun && !at_end) break;
        const bool mostly_begun = is_begun && (size - at) * 2 >= tree.longest(state_);
        if (mostly_begun || whole[at] > 0) {
            masked.append(shown_instead);
            at += mostly_begun ? size - at : whole[at];
        } else {
            masked += held_[at++];
        }
    }
    if (at == size) state_ = 0;
    held_.erase(0, at);
    return masked;
}

}  // namespace quantum::run
