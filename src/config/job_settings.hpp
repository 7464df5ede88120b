#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "config/job_file.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// The settings of one table by their keys.
using TomlSettingTable = std::map<std::string_view, TomlSetting>;

/// The most of what is counted: attempts, files, processes.
inline constexpr std::int64_t most_counted = std::numeric_limits<std::int32_t>::max();

/// Reports the keys that a table may not have; gives back the others. `defaults`: it is the table
/// of defaults, which has no schedule and no task.
[[nodiscard]] TomlSettingTable known_settings(TomlReader& reader, const toml::table& table,
                                              bool defaults);

/// The settings that hold for one job: its own, then the defaults of its file.
struct JobSettings {
    const TomlSettingTable& own;
    const TomlSettingTable& defaults;

    /// The job's own, else the default, else null.
    [[nodiscard]] const TomlSetting* find(std::string_view key) const;
};

/// What those who read the parts of a job have in common: where diagnostics go, what holds for the
/// whole file, and the job's settings. Lives as long as one job is read.
struct JobContext {
    TomlReader& in;
    const JobFileOptions& options;
    JobSettings settings;

    [[nodiscard]] const TomlSetting* find(std::string_view key) const { return settings.find(key); }
};

}  // namespace quantum::config
