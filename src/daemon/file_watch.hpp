#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "quantum/clock.hpp"

#include "base/file_descriptor.hpp"
#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_source.hpp"

namespace quantum::daemon {

/// Notices that watched files have changed: written, replaced, added to a directory or removed from
/// it, or switched by a symbolic link anywhere on their paths, as Kubernetes does with mounted
/// volumes.
///
/// The kernel (inotify) only says when to look; what counts is whether a file is another one than
/// when it was last read, by its inode, size and times. So a busy directory costs four looks per
/// second at most, a file that is written and then reloaded by a signal is not read again, and
/// nothing is done while nothing happens.
///
/// Used by the main thread only.
class FileWatch final : public MainSource {
public:
    FileWatch(const WatchOptions& options, Logger& logger);

    /// -1 while it rests.
    [[nodiscard]] int descriptor() const override { return look_at_ ? -1 : events_.get(); }
    [[nodiscard]] int timeout_ms(BootTime now, int otherwise) const override;
    void look(BootTime now) override;

    /// All files are about to be read: what changes from here on counts.
    void note_reading();
    /// One of them is about to be read.
    void note_reading_of(const std::string& path);
    /// The files that have changed since they were last read and been left alone since; they count
    /// as read now.
    [[nodiscard]] FileScope take_changed();
    /// They could not be made use of: they count as changed again, in a minute.
    void try_again(const std::set<std::string>& files, BootTime now);

private:
    /// Of one file: equal as long as it is the same with the same contents.
    using Mark = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t,
                            std::uint32_t>;
    using Marks = std::map<std::string, Mark>;

    [[nodiscard]] Marks survey() const;
    void survey_directory(const std::string& path, Marks& marks) const;
    /// Asks the kernel about everything that is there now.
    void arm(const Marks& marks);
    void add(const std::string& directory);
    /// The directories in which something on the way to a file can be replaced.
    void add_way_to(const std::string& path);

    const WatchOptions& options_;
    Logger& logger_;
    base::FileDescriptor events_;
    Marks read_;                           // when they were last read
    Marks seen_;                           // when they were last looked at
    std::optional<BootTime> look_at_;      // something has happened
    std::optional<BootTime> quiet_until_;  // they have changed
    bool is_ready_ = false;
};

}  // namespace quantum::daemon
