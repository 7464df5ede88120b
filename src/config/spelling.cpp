#include "config/spelling.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace quantum::config {
namespace {

constexpr std::size_t longest_word = 64;

std::string plain(std::string_view word) {
    std::string result(word);
    for (char& c : result) {
        c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
std::size_t slips(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > longest_word) return {};
    const std::string wanted = plain(word);
    std::string_view best;
    std::size_t fewest = std::max<std::size_t>(1, std::min<std::size_t>(2, word.size() / 3)) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t count = slips(wanted, plain(candidate));
        if (count >= fewest) continue;
        fewest = count;
        best = candidate;
    }
    return best;
}

std::vector<std::string_view> nearest(std::string_view word,
                                      std::span<const std::string_view> known, std::size_t most) {
    if (word.empty() || word.size() > longest_word) return {};
    const std::string wanted = plain(word);
    const std::size_t bound = std::max<std::size_t>(2, word.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string_view candidate : known) {
        const std::string other = plain(candidate);
        if (other.find(wanted) != std::string::npos) {
            near.emplace_back(1, candidate);
            continue;
        }
        const std::size_t longer = other.size() > wanted.size() ? other.size() - wanted.size()
                                                                : wanted.size() - other.size();
        if (longer > bound) continue;
        if (const std::size_t count = slips(wanted, other); count <= bound) {
            near.emplace_back(count, candidate);
        }
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string_view> found;
    for (const auto& [count, candidate] : near) {
        if (found.size() == most) break;
        found.push_back(candidate);
    }
    return found;
}

}  // namespace quantum::config
