#include "run/process/control_group.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "run/process/process_table.hpp"

namespace quantum::run {
namespace {

constexpr std::size_t small_file = std::size_t{64} * 1024;

bool write_file(const std::string& path, std::string_view text) {
    const base::FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<std::uint64_t> number_at(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

/// The rest of the first line that begins with `start`.
std::optional<std::string> line_after(const std::string& text, std::string_view start) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, end - at);
        if (line.starts_with(start)) return std::string(line.substr(start.size()));
        at = end + 1;
    }
    return std::nullopt;
}

/// Where the second hierarchy is mounted.
std::optional<std::string> mount_point() {
    const std::string text = base::read_kernel_file("/proc/self/mounts", std::size_t{1} << 20U);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, end - at);
        const std::size_t first = line.find(' ');
        const std::size_t second = line.find(' ', first + 1);
        if (second != std::string_view::npos && line.substr(second).starts_with(" cgroup2 ")) {
            return std::string(line.substr(first + 1, second - first - 1));
        }
        at = end + 1;
    }
    return std::nullopt;
}

bool is_handed_over(const std::string& directory) {
    for (const char* name : {"user.delegate", "trusted.delegate"}) {
        char value = '0';
        if (getxattr(directory.c_str(), name, &value, 1) == 1 && value == '1') return true;
    }
    // Root may write everywhere, which says nothing.
    return geteuid() != 0 && access(directory.c_str(), W_OK) == 0 &&
           access((directory + "/cgroup.procs").c_str(), W_OK) == 0;
}

}  // namespace

Result<ControlGroup> ControlGroup::make(const std::string& parent, const std::string& name) {
    const std::string path = parent + '/' + name;
    const auto refuse = [&] {
        return fail(ErrorCode::io_error, "cannot create the control group " + path + ": " +
                                             std::generic_category().message(errno));
    };
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return refuse();
    base::FileDescriptor processes(open((path + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!processes) return refuse();
    return ControlGroup(path, std::move(processes));
}

ControlGroup::~ControlGroup() {
    if (!path_.empty()) rmdir(path_.c_str());
}

std::optional<std::uint64_t> ControlGroup::peak_memory() const {
    return number_at(base::read_kernel_file(path_ + "/memory.peak", small_file));
}

std::optional<Duration> ControlGroup::cpu() const {
    const auto text =
        line_after(base::read_kernel_file(path_ + "/cpu.stat", small_file), "usage_usec ");
    const auto micros = text ? number_at(*text) : std::nullopt;
    if (!micros) return std::nullopt;
    return Duration(static_cast<std::int64_t>(*micros));
}

bool kill_control_group(const std::string& path) { return write_file(path + "/cgroup.kill", "1"); }

std::string settle_in_delegated_control_group() {
    const auto mount = mount_point();
    const auto own = line_after(base::read_kernel_file("/proc/self/cgroup", small_file), "0::");
    if (!mount || !own) return {};
    std::string directory = *own == "/" ? *mount : *mount + *own;
    if (!is_handed_over(directory)) return {};
    // A group with controllers holds either processes or groups.
    const std::string daemon = directory + "/daemon";
    if (mkdir(daemon.c_str(), 0755) != 0 && errno != EEXIST) return {};
    if (!write_file(daemon + "/cgroup.procs", "0")) return {};
    for (const char* controller : {"+memory", "+cpu", "+pids"}) {
        write_file(directory + "/cgroup.subtree_control", controller);  // where there is one
    }
    return directory;
}

}  // namespace quantum::run
