#include "daemon/file_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

namespace fs = std::filesystem;

constexpr Duration between_looks = std::chrono::milliseconds(250);
constexpr Duration until_next_try = std::chrono::minutes(1);
constexpr int most_links = 40;  // as the kernel
constexpr std::uint32_t events_of_directory = IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM |
                                              IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF |
                                              IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t events_of_file = IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

struct CloseListing {
    void operator()(DIR* listing) const { closedir(listing); }
};

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileWatch::FileWatch(const WatchOptions& options, Logger& logger)
    : options_(options), logger_(logger) {
    if (!options_.paths.empty()) note_reading();
}

int FileWatch::timeout_ms(BootTime now, int otherwise) const {
    if (look_at_) otherwise = timeout_until(*look_at_, now, otherwise);
    return quiet_until_ ? timeout_until(*quiet_until_, now, otherwise) : otherwise;
}

void FileWatch::look(BootTime now) {
    if (!events_) return;
    std::array<char, 4096> events{};
    bool has_happened = false;
    while (read(events_.get(), events.data(), events.size()) > 0) has_happened = true;
    if (has_happened && !look_at_) look_at_ = now + between_looks;
    const bool is_time = (look_at_ && now >= *look_at_) || (quiet_until_ && now >= *quiet_until_);
    if (!is_time) return;
    look_at_.reset();
    Marks marks = survey();
    if (marks != seen_) {
        seen_ = std::move(marks);
        arm(seen_);
        quiet_until_ = now + options_.quiet;
        if (mutated(DaemonMutant::half_written_file_read)) quiet_until_ = now;
    }
    if (!quiet_until_ || now < *quiet_until_) return;
    quiet_until_.reset();
    is_ready_ = seen_ != read_;
}

void FileWatch::note_reading() {
    if (options_.paths.empty()) return;
    // Asked before it is looked at: nothing is missed in between.
    seen_ = survey();
    arm(seen_);
    seen_ = survey();
    if (!mutated(DaemonMutant::reloaded_file_read_again)) read_ = seen_;
    quiet_until_.reset();
    is_ready_ = false;
}

void FileWatch::note_reading_of(const std::string& path) {
    if (options_.paths.empty()) return;
    const Marks marks = survey();
    const auto now = marks.find(path);
    for (Marks* const known : {&read_, &seen_}) {
        if (now == marks.end()) {
            known->erase(path);
        } else {
            known->insert_or_assign(path, now->second);
        }
    }
}

FileScope FileWatch::take_changed() {
    if (!std::exchange(is_ready_, false)) return {};
    std::set<std::string> changed;
    for (const auto& [path, mark] : seen_) {
        const auto before = read_.find(path);
        if (before == read_.end() || before->second != mark) changed.insert(path);
    }
    for (const auto& [path, mark] : read_) {
        if (!seen_.contains(path)) changed.insert(path);
    }
    read_ = seen_;
    return changed;
}

void FileWatch::try_again(const std::set<std::string>& files, BootTime now) {
    for (const std::string& path : files) {
        if (seen_.contains(path)) {
            read_.erase(path);
        } else {
            read_[path] = Mark();  // it is gone, which is its change
        }
    }
    quiet_until_ = now + until_next_try;
}

FileWatch::Marks FileWatch::survey() const {
    Marks marks;
    for (const std::string& path : options_.paths) {
        struct stat status {};
        if (stat(path.c_str(), &status) != 0) continue;
        Mark& mark = marks[path];
        mark = {status.st_dev,
                status.st_ino,
                status.st_size,
                nanoseconds(status.st_mtim),
                nanoseconds(status.st_ctim),
                status.st_mode};
        if (!S_ISDIR(status.st_mode)) continue;
        // What is in it counts for itself.
        mark = {status.st_dev, status.st_ino, 0, 0, status.st_uid, status.st_mode};
        survey_directory(path, marks);
    }
    return marks;
}

void FileWatch::survey_directory(const std::string& path, Marks& marks) const {
    const std::unique_ptr<DIR, CloseListing> listing(opendir(path.c_str()));
    if (!listing) return;
    const std::string front = path.ends_with('/') ? path : path + '/';
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the listing is this thread's only
    while (const dirent* const entry = readdir(listing.get())) {
        if (!options_.takes(path, entry->d_name)) continue;
        struct stat status {};
        if (fstatat(dirfd(listing.get()), entry->d_name, &status, 0) != 0 ||
            S_ISDIR(status.st_mode)) {
            continue;
        }
        marks[front + entry->d_name] = {status.st_dev,
                                        status.st_ino,
                                        status.st_size,
                                        nanoseconds(status.st_mtim),
                                        nanoseconds(status.st_ctim),
                                        status.st_mode};
    }
}

void FileWatch::arm(const Marks& marks) {
    events_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!events_) {
        logger_.warn("changes of files are not noticed; reload with HUP: " +
                     std::generic_category().message(errno));
        return;
    }
    for (const std::string& path : options_.paths) {
        add_way_to(path);
        std::error_code none;
        if (fs::is_directory(path, none)) {
            add(path);
        } else {
            // The file itself too: it may be a mount, or have other names.
            inotify_add_watch(events_.get(), path.c_str(), events_of_file);
        }
    }
    for (const auto& [path, mark] : marks) {
        std::error_code none;
        if (fs::is_symlink(path, none)) add_way_to(path);
    }
}

void FileWatch::add(const std::string& directory) {
    if (inotify_add_watch(events_.get(), directory.c_str(), events_of_directory) >= 0) return;
    if (errno != ENOSPC && errno != ENOMEM) return;
    logger_.warn("changes in " + directory +
                 " are not noticed; reload with HUP: " + std::generic_category().message(errno));
}

// Its directory, and that of each symbolic link on the way; of what is missing, the directory in
// which it would appear.
void FileWatch::add_way_to(const std::string& path) {
    std::error_code error;
    fs::path left = fs::absolute(path, error);
    fs::path done;
    for (int links = 0; !error && links < most_links;) {
        const fs::path part = *left.begin();
        const fs::path here = done / part;
        fs::path rest;
        for (auto next = std::next(left.begin()); next != left.end(); ++next) rest /= *next;
        const auto status = fs::symlink_status(here, error);
        if (error || status.type() == fs::file_type::not_found) {
            add(done.string());
            return;
        }
        if (status.type() == fs::file_type::symlink) {
            add(done.string());
            const fs::path target = fs::read_symlink(here, error);
            left = rest.empty() ? target : target / rest;
            if (target.is_absolute()) done.clear();
            ++links;
            continue;
        }
        if (rest.empty()) {
            add(done.string());
            return;
        }
        done = here;
        left = rest;
    }
}

}  // namespace quantum::daemon
