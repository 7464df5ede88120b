#include "config/job_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file_descriptor.hpp"
#include "base/path_walk.hpp"
#include "config/diagnostic.hpp"
#include "config/mutant.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view job_file_ending = ".toml";

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

/// As `isalnum` in the C locale, whatever the locale is.
bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

Result<base::FileDescriptor> open_to_list(const std::string& path, base::FileTrust trust) {
    if (trust != base::FileTrust::anybody) return base::open_directory(path, base::PathRules());
    base::FileDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) return directory;
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io_error,
                path + ": cannot open: " + std::generic_category().message(errno));
}

bool is_directory_in(int directory, const char* name) {
    struct stat status {};
    return fstatat(directory, name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/// Why an entry of a directory is not read; empty: it is.
std::string_view why_ignored(int directory, const char* name, bool (*takes)(std::string_view)) {
    if (is_directory_in(directory, name)) return "directories in a directory are not read";
    if (takes(name)) return {};
    return "in a directory, only names of letters, digits, '-' and '_' are read, and job files "
           "with "
           "such a name and .toml";
}

}  // namespace

bool is_name_in_directory(std::string_view name) {
    if (name.ends_with(job_file_ending)) name.remove_suffix(job_file_ending.size());
    if (mutated(ConfigMutant::any_name_in_directory)) return !name.starts_with('.');
    return !name.empty() && std::all_of(name.begin(), name.end(), is_plain);
}

bool is_directory(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<JobDirectory> list_job_directory(const std::string& path, base::FileTrust trust,
                                        bool (*takes)(std::string_view name)) {
    auto opened = open_to_list(path, trust);
    if (!opened) return tl::unexpected(std::move(opened).error());
    const std::unique_ptr<DIR, CloseDirectory> listing(fdopendir(opened->get()));
    if (!listing) {
        return fail(ErrorCode::io_error,
                    path + ": cannot read: " + std::generic_category().message(errno));
    }
    const int directory = opened->release();  // the listing's own now
    std::vector<std::string> names;
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the listing is this thread's only
    while (const dirent* const entry = readdir(listing.get())) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    if (errno != 0) {
        return fail(ErrorCode::io_error,
                    path + ": cannot read: " + std::generic_category().message(errno));
    }
    std::sort(names.begin(), names.end());
    JobDirectory found;
    for (std::string& name : names) {
        const std::string_view why = why_ignored(directory, name.c_str(), takes);
        if (why.empty()) {
            found.names.push_back(std::move(name));
        } else {
            found.ignored.push_back(in_quotes(name) + " is ignored: " + std::string(why));
        }
    }
    return found;
}

std::string in_directory(const std::string& directory, const std::string& name) {
    return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

}  // namespace quantum::config
