#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::plan {

/// Two files as somebody has them, and edits of them as somebody makes them.
struct Files {
    std::string crontab{};
    std::string toml{};

    /// Replaces the first `before`, which must be there.
    Files& in_crontab(std::string_view before, std::string_view after);
    Files& in_toml(std::string_view before, std::string_view after);
};

[[nodiscard]] Files original_files();

struct Edit {
    std::string name{};
    std::function<void(Files&)> make{};
};

/// Fifty of them: schedules, zones, rules for changes of the clocks, windows, states, names,
/// policies, commands, defaults, jobs that come and go.
[[nodiscard]] std::vector<Edit> fifty_edits();

}  // namespace quantum::plan
