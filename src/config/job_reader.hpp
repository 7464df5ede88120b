#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"
#include "quantum/job.hpp"
#include "quantum/output_file.hpp"

#include "config/job_file.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// The settings of a table by key.
using TomlSettingTable = std::map<std::string_view, TomlSetting>;

/// Reports keys that are not allowed in a table and returns the others. `defaults`: this is the
/// table of defaults, which has no schedule and no task.
[[nodiscard]] TomlSettingTable known_settings(TomlReader& reader, const toml::table& table,
                                              bool defaults);

/// Creates a job from its table and the defaults of its file.
class JobReader {
public:
    JobReader(TomlReader& reader, const JobFileOptions& options, const TomlSettingTable& defaults)
        : in_(reader), options_(options), defaults_(defaults) {}

    /// `name` is the key of the job's table. Errors have been reported; the result is what could be
    /// read.
    [[nodiscard]] Job read(const TomlSetting& name, const TomlSettingTable& own);

private:
    /// The limit for counts.
    static constexpr std::int64_t most_counted = std::numeric_limits<std::int32_t>::max();

    /// The job's own setting, or else the default.
    [[nodiscard]] const TomlSetting* find(std::string_view key) const;
    /// The keys not allowed for requests.
    [[nodiscard]] static std::vector<std::string_view> command_keys();
    void read_schedule(const TomlSetting& name);
    [[nodiscard]] std::optional<DstPolicy> read_dst();
    void narrow(Schedule& schedule);
    void check_future();
    [[nodiscard]] bool is_known_one_shot() const;
    void read_policies();
    void read_retries();
    [[nodiscard]] std::optional<OutputFile> read_output_file();
    [[nodiscard]] std::string secret_place(const TomlSetting& setting, std::string secret);
    void read_task(const TomlSetting& name);
    [[nodiscard]] std::vector<std::string> read_argv(const TomlSetting& what,
                                                     const Environment& environment);
    void read_command(const TomlSetting& what);
    void read_success_codes(const TomlSetting& setting, Command& command);
    [[nodiscard]] Account read_identity(Command& command);
    void read_environment(Command& command, const Account& account);
    void check_allowed(const TomlSetting& setting, const std::string& user);
    void check_group(const TomlSetting& setting, const std::string& user, const std::string& group);
    void read_limits(const TomlSetting& setting, ResourceLimits& limits);
    void read_request(const TomlSetting& what);
    void read_headers(const TomlSetting& setting, HttpRequest& request);
    void read_secret_headers(const TomlSetting& setting, HttpRequest& request);
    void read_statuses(const TomlSetting& setting, HttpRequest& request);

    TomlReader& in_;
    const JobFileOptions& options_;
    const TomlSettingTable& defaults_;
    const TomlSettingTable* own_ = nullptr;
    Job job_;
};

}  // namespace quantum::config
