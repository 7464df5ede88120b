#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::run {

/// A control group (v2) for one run: it contains whatever the run starts, regardless of sessions
/// and environments. Removed with this object, unless processes in it are still alive.
class ControlGroup {
public:
    /// Creates a new group in the directory of one delegated to this program.
    [[nodiscard]] static Result<ControlGroup> make(const std::string& parent,
                                                   const std::string& name);
    ~ControlGroup();
    ControlGroup(ControlGroup&& other) noexcept
        : path_(std::exchange(other.path_, {})), processes_(std::move(other.processes_)) {}
    ControlGroup& operator=(ControlGroup&&) = delete;
    ControlGroup(const ControlGroup&) = delete;
    ControlGroup& operator=(const ControlGroup&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// Its open `cgroup.procs`: a process that writes "0" to it joins the group.
    [[nodiscard]] int processes() const { return processes_.get(); }

    /// For all its processes together; none if the kernel does not count it here.
    [[nodiscard]] std::optional<std::uint64_t> peak_memory() const;
    [[nodiscard]] std::optional<Duration> cpu() const;

private:
    ControlGroup(std::string path, base::FileDescriptor processes)
        : path_(std::move(path)), processes_(std::move(processes)) {}

    std::string path_;
    base::FileDescriptor processes_;
};

/// Kills every process of the group at once. Returns false if the kernel does not support it
/// (before 5.14).
bool kill_control_group(const std::string& path);

/// Finds the control group delegated to this process (systemd's `Delegate=yes`, or a directory
/// owned by an ordinary user), moves the process to a group of its own in it, and enables
/// accounting of memory, CPU time and number of processes for the others. Returns the directory;
/// empty if there is none.
[[nodiscard]] std::string settle_in_delegated_control_group();

}  // namespace quantum::run
