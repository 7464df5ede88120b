#include "config/local_zone.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "config/read_file.hpp"

namespace quantum::config {
namespace {

/// "/usr/share/zoneinfo/Europe/Zurich" -> "Europe/Zurich"; empty where it is no such path.
std::string zone_of_path(std::string_view path) {
    constexpr std::string_view directory = "zoneinfo/";
    const std::size_t at = path.rfind(directory);
    if (at == std::string_view::npos) {
        return {};
    }
    return std::string(path.substr(at + directory.size()));
}

}  // namespace

std::string local_zone_name() {
    // Read once, before any thread starts: the environment of this program never changes.
    const char* variable = std::getenv("TZ");  // NOLINT(concurrency-mt-unsafe)
    if (variable != nullptr) {
        std::string_view name = variable;
        if (!name.empty() && name.front() == ':') {
            name.remove_prefix(1);
        }
        if (name.empty()) {
            return "UTC";
        }
        const std::string in_database = zone_of_path(name);
        return in_database.empty() ? std::string(name) : in_database;
    }
    std::error_code ignored;
    const std::filesystem::path target = std::filesystem::read_symlink("/etc/localtime", ignored);
    std::string name = zone_of_path(target.string());
    if (name.empty()) {
        const Result<std::string> file = read_file("/etc/timezone", base::FileTrust::anybody, 4096);
        if (file) {
            name = file->substr(0, file->find_first_of(" \t\r\n"));
        }
    }
    return name.empty() ? "UTC" : name;
}

std::string zone_or_local(const std::string& name) {
    return name.empty() ? local_zone_name() : name;
}

}  // namespace quantum::config
