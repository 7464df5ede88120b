#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/// File systems that only one child process of the test sees, and that go with it.
namespace quantum::test {

/// Whether this process may mount.
inline bool may_mount() { return ::geteuid() == 0; }

/// Calls `work` in a child whose mounts are its own. False: it said so, threw, or could not begin.
inline bool in_own_mounts(const std::function<bool()>& work) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        bool good = false;
        try {
            good = ::unshare(CLONE_NEWNS) == 0 &&
                   ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 && work();
        } catch (const std::exception& thrown) {
            std::fprintf(stderr, "%s\n", thrown.what());
        }
        std::fflush(nullptr);
        ::_exit(good ? 0 : 1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

/// Makes what is seen at `path` read-only, here alone.
inline bool make_read_only(const std::string& path) {
    return ::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
           ::mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
}

/// A small disk at `path`, in memory, of which `options` say how small: "size=1m".
inline bool mount_small_disk(const std::string& path, const std::string& options) {
    return ::mount("none", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

/// Takes up all the room that is left on the disk of `file`.
inline bool fill_disk(const std::string& file) {
    std::FILE* const out = std::fopen(file.c_str(), "wb");
    if (out == nullptr) return false;
    std::setvbuf(out, nullptr, _IONBF, 0);
    std::string block(65536, 'x');
    while (!block.empty()) {
        if (std::fwrite(block.data(), 1, block.size(), out) < block.size()) {
            block.resize(block.size() / 2);
        }
    }
    return std::fclose(out) == 0;
}

}  // namespace quantum::test
