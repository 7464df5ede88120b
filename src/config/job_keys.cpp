#include "config/job_keys.hpp"

#include <span>

namespace quantum::config {

std::vector<std::string> job_key_paths() {
    std::vector<std::string> paths;
    const auto add = [&paths](std::string_view table, std::span<const std::string_view> keys) {
        for (const std::string_view key : keys) {
            paths.push_back(std::string(table) + '.' + std::string(key));
        }
    };
    for (const JobKey& key : job_keys) paths.emplace_back(key.name);
    add("backoff", backoff_keys);
    add("output_file", output_file_keys);
    add("limits", limit_keys);
    add("http", request_keys);
    add("http.secret_headers", secret_header_keys);
    return paths;
}

}  // namespace quantum::config
