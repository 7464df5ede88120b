#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// A control group (v2) of one run: whatever the run starts is in it, sessions and environments
/// notwithstanding. Removed with this object, unless processes live on in it.
class ControlGroup {
public:
    /// A new group in the directory of one that was handed to this program.
    [[nodiscard]] static Result<ControlGroup> make(const std::string& parent,
                                                   const std::string& name);
    ~ControlGroup();
    ControlGroup(ControlGroup&& other) noexcept
        : path_(std::exchange(other.path_, {})), processes_(std::move(other.processes_)) {}
    ControlGroup& operator=(ControlGroup&&) = delete;
    ControlGroup(const ControlGroup&) = delete;
    ControlGroup& operator=(const ControlGroup&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// Its open `cgroup.procs`: who writes "0" to it is in.
    [[nodiscard]] int processes() const { return processes_.get(); }

    /// Of all its processes together; nothing where the kernel does not count it here.
    [[nodiscard]] std::optional<std::uint64_t> peak_memory() const;
    [[nodiscard]] std::optional<Duration> cpu() const;

private:
    ControlGroup(std::string path, FileDescriptor processes)
        : path_(std::move(path)), processes_(std::move(processes)) {}

    std::string path_;
    FileDescriptor processes_;
};

/// Kills every process of the group at once. False where the kernel cannot (before 5.14).
bool kill_control_group(const std::string& path);

/// Finds the control group that was handed to this process (systemd's `Delegate=yes`, or the
/// directory is a plain user's own), moves the process to a group of its own in there, and has
/// memory, CPU time and numbers of processes counted for the others. Gives the directory; empty
/// where there is none.
[[nodiscard]] std::string settle_in_delegated_control_group();

}  // namespace quantum
