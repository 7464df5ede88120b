#pragma once

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace quantum {

/// A program that hangs whoever executes it, before its first instruction: it is under a write
/// lease, which the kernel waits for 45 s to be given back. As a program on a dead file server.
class LeasedProgram {
public:
    explicit LeasedProgram(std::string path) : path_(std::move(path)) {
        std::filesystem::copy_file("/bin/true", path_);
        std::filesystem::permissions(path_, std::filesystem::perms(0755));
        file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        // In place of SIGIO, which would end this process: one that is ignored by default.
        EXPECT_EQ(fcntl(file_, F_SETSIG, SIGURG), 0);
        EXPECT_EQ(fcntl(file_, F_SETLEASE, F_WRLCK), 0) << "no lease can be taken";
    }
    ~LeasedProgram() { close(file_); }
    LeasedProgram(const LeasedProgram&) = delete;
    LeasedProgram& operator=(const LeasedProgram&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    int file_ = -1;
};

}  // namespace quantum
