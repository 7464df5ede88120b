#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <vector>

#include "config/job_file.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// The settings of a table by key.
using TomlSettingTable = std::map<std::string_view, TomlSetting>;

/// The limit for counts: attempts, files, processes.
inline constexpr std::int64_t most_counted = std::numeric_limits<std::int32_t>::max();

/// Reports keys that are not allowed in a table and returns the others. `defaults`: this is the
/// table of defaults, which has no schedule and no task.
[[nodiscard]] TomlSettingTable known_settings(TomlReader& reader, const toml::table& table,
                                              bool defaults);

/// The settings that hold for one job: its own, then the defaults of its file.
struct JobSettings {
    const TomlSettingTable& own;
    const TomlSettingTable& defaults;

    /// The job's own setting, or else the default, or else null.
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
