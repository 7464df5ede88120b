#include "config/file_list.hpp"

#include <string_view>
#include <utility>

#include "config/job_directory.hpp"
#include "config/mutant.hpp"

namespace quantum::config {
namespace {

class Lister {
public:
    explicit Lister(const LoadOptions& options) : options_(options) {}

    void add(const std::string& path) {
        if (path == standard_input || !is_directory(path)) return take({path});
        const auto listed = list(path, is_name_in_directory);
        if (!listed) return;
        for (const std::string& name : listed->names) take({in_directory(path, name)});
    }

    /// A file belongs to the user whose name it has.
    void add_spool(const std::string& path) {
        auto listed = list(path, is_name_in_spool);
        if (!listed) return;
        for (const std::string& name : listed->names) {
            if (auto owner = find_account(name)) {
                take({in_directory(path, name), std::move(owner)});
            } else if (is_asked(path)) {
                ignore(path, in_quotes(name) + " is ignored: there is no user of that name");
            }
        }
    }

    FileList finish() { return std::move(found_); }

private:
    [[nodiscard]] bool is_asked(const std::string& path) const {
        return !options_.only || options_.only->contains(path);
    }

    void take(FileToRead file) {
        if (is_asked(file.path)) found_.files.push_back(std::move(file));
    }

    Result<JobDirectory> list(const std::string& path, bool (*takes)(std::string_view)) {
        auto listed = list_job_directory(path, options_.trust, takes);
        if (!listed) {
            about(path).unreadable = std::move(listed).error();
            if (!options_.looks_into_refused) return listed;
            listed = list_job_directory(path, base::FileTrust::anybody, takes);
            if (!listed) return listed;
        }
        if (is_asked(path)) {
            for (const std::string& reason : listed->ignored) ignore(path, reason);
        }
        return listed;
    }

    void ignore(const std::string& path, std::string reason) {
        about(path).crontab.diagnostics.push_back({Severity::warning, 0, 1, 1, std::move(reason)});
    }

    LoadedFile& about(const std::string& path) {
        auto& directories = found_.directories;
        if (directories.empty() || directories.back().path != path) {
            directories.emplace_back();
            directories.back().path = path;
            directories.back().is_directory = true;
        }
        return directories.back();
    }

    const LoadOptions& options_;
    FileList found_;
};

}  // namespace

FileList list_files(std::span<const std::string> requested, const LoadOptions& options) {
    Lister lister(options);
    for (const std::string& path : requested) lister.add(path);
    if (!options.spool.empty()) lister.add_spool(options.spool);
    return lister.finish();
}

bool is_name_in_spool(std::string_view name) {
    return !name.empty() && !name.starts_with('.') && !name.starts_with("tmp.");
}

}  // namespace quantum::config
