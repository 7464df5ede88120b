#include "run/output/secret_mask.hpp"

#include <algorithm>

namespace quantum::run {
namespace {

constexpr std::string_view shown_instead = "***";

}  // namespace

SecretMask::SecretMask(std::vector<std::string> values) : values_(std::move(values)) {
    std::erase(values_, std::string());
    std::sort(values_.begin(), values_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const std::string& value : values_) {
        first_bytes_.set(static_cast<unsigned char>(value.front()));
    }
}

SecretMask::Match SecretMask::match(std::string_view text) const {
    Match match;
    for (const std::string& value : values_) {
        if (text.starts_with(value)) {
            match.whole = value.size();
            break;  // the longest comes first
        }
        if (match.begun == 0 && std::string_view(value).starts_with(text)) {
            match.begun = value.size();
        }
    }
    return match;
}

std::string SecretMask::mask(bool at_end) {
    std::string masked;
    std::string_view rest = held_;
    while (!rest.empty()) {
        if (!first_bytes_.test(static_cast<unsigned char>(rest.front()))) {
            const auto next = std::find_if(rest.begin(), rest.end(), [this](char c) {
                return first_bytes_.test(static_cast<unsigned char>(c));
            });
            const auto plain = static_cast<std::size_t>(next - rest.begin());
            masked.append(rest.substr(0, plain));
            rest.remove_prefix(plain);
            continue;
        }
        const Match found = match(rest);
        if (found.begun > 0 && !at_end) break;
        const bool mostly_begun = found.begun > 0 && rest.size() * 2 >= found.begun;
        if (mostly_begun || found.whole > 0) {
            masked.append(shown_instead);
            rest.remove_prefix(mostly_begun ? rest.size() : found.whole);
        } else {
            masked += rest.front();
            rest.remove_prefix(1);
        }
    }
    held_.erase(0, held_.size() - rest.size());
    return masked;
}

}  // namespace quantum::run
