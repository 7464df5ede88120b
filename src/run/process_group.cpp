#include "run/process_group.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.hpp"

namespace quantum {
namespace {

/// "pid (name) state parent group …"; the name may hold anything, parentheses and newlines too.
bool is_living_member(const char* process, pid_t group) {
    const std::string path = std::string("/proc/") + process + "/stat";
    const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return false;
    std::array<char, 512> buffer{};
    const ssize_t got = read(file.get(), buffer.data(), buffer.size() - 1);
    if (got <= 0) return false;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return false;
    char state = 0;
    int parent = 0;
    int its_group = 0;
    if (std::sscanf(buffer.data() + name_end + 1, " %c %d %d", &state, &parent, &its_group) != 3) {
        return false;
    }
    return its_group == group && state != 'Z' && state != 'X';
}

}  // namespace

std::optional<std::vector<FileDescriptor>> living_members(pid_t group, std::size_t most) {
    const std::unique_ptr<DIR, int (*)(DIR*)> processes(opendir("/proc"), closedir);
    if (!processes) return std::nullopt;
    std::vector<FileDescriptor> members;
    while (members.size() < most) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
        const dirent* entry = readdir(processes.get());
        if (entry == nullptr) break;
        const char* name = entry->d_name;
        if (name[0] < '1' || name[0] > '9' || !is_living_member(name, group)) continue;
        FileDescriptor pidfd(
            static_cast<int>(syscall(SYS_pidfd_open, std::strtol(name, nullptr, 10), 0)));
        if (!pidfd && errno != ESRCH) return std::nullopt;
        // The number may have gone to another process before it was held.
        if (pidfd && is_living_member(name, group)) members.push_back(std::move(pidfd));
    }
    return members;
}

}  // namespace quantum
