#include "config/task_settings.hpp"

#include <cstdint>
#include <utility>

#include "config/job_keys.hpp"
#include "model/secret_name.hpp"

namespace quantum::config {

std::optional<OutputFile> read_output_file(const JobContext& job) {
    TomlReader& in = job.in;
    const TomlSetting* const setting = job.find("output_file");
    if (setting == nullptr) return std::nullopt;
    OutputFile file;
    bool is_known = true;
    if (!setting->value->is_table()) {
        auto path = in.text(*setting);
        if (!path) return std::nullopt;
        file.path = std::move(*path);
    } else {
        for (const TomlSetting& part : TomlReader::settings(*setting->value->as_table())) {
            if (part.key == "path") {
                file.path = in.text(part).value_or("");
            } else if (part.key == "max_size") {
                file.max_size = in.size(part).value_or(file.max_size);
            } else if (part.key == "keep") {
                file.keep = static_cast<std::uint32_t>(
                    in.integer(part, 0, most_counted).value_or(file.keep));
            } else {
                in.unknown(part, "an output file", output_file_keys);
                is_known = false;
            }
        }
    }
    if (!is_known) return std::nullopt;
    const Status checked = check_output_file(file);
    in.check(*setting, checked);
    if (!checked) return std::nullopt;
    return file;
}

std::string secret_place(const JobContext& job, const TomlSetting& setting, std::string secret) {
    TomlReader& in = job.in;
    if (secret.starts_with('/')) return secret;
    if (const Status plain = model::check_secret_name(secret); !plain) {
        in.check(setting, plain);
        return '/' + secret;
    }
    const TomlSetting* const directory = job.find("secrets_directory");
    if (directory == nullptr) {
        in.refuse(setting,
                  "'" + printable(secret, 40) + "' is not a path, and no secrets_directory is set");
        return secret;
    }
    const std::string place = in.text(*directory).value_or("");
    if (!place.starts_with('/')) {
        in.refuse(*directory, "must be an absolute path");
        return secret;
    }
    return place + (place.ends_with('/') ? "" : "/") + secret;
}

}  // namespace quantum::config
