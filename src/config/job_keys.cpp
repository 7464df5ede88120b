#include "config/job_keys.hpp"

#include <span>

namespace quantum::config {

std::string_view to_string(KeyType type) {
    switch (type) {
        case KeyType::text:
            return "string";
        case KeyType::texts:
            return "list of strings";
        case KeyType::word:
            return "word";
        case KeyType::flag:
            return "true or false";
        case KeyType::count:
            return "whole number";
        case KeyType::counts:
            return "list of whole numbers";
        case KeyType::duration:
            return "duration";
        case KeyType::octal:
            return "octal";
        case KeyType::instant:
            return "instant";
        case KeyType::dates:
            return "list of dates";
        case KeyType::table:
            return "table";
        case KeyType::duration_or_table:
            return "duration, or table";
        case KeyType::text_or_table:
            return "string, or table";
    }
    return "string";
}

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
