#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantum::server {

/// Finds the names most like one that does not exist, among any number of them.
class NearestNames {
public:
    NearestNames(std::string_view wanted, std::size_t most) : wanted_(wanted), most_(most) {}

    void look_at(std::string_view name);
    /// The nearest first; only those that may have been meant.
    [[nodiscard]] std::vector<std::string> take();

private:
    [[nodiscard]] std::size_t distance_to(std::string_view name, std::size_t limit);

    const std::string wanted_;
    const std::size_t most_;
    std::vector<std::pair<std::size_t, std::string>> found_;  // sorted
    std::vector<std::size_t> row_;
};

}  // namespace quantum::server
