#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "quantum/testing/simulated_clock.hpp"

#include "base/file_descriptor.hpp"
#include "daemon/logger.hpp"

namespace quantum::daemon {

using namespace std::chrono_literals;

/// A logger that writes into a pipe.
struct LoggerTest : testing::Test {
    SimulatedClock clock{WallTime(1'763'769'900s)};
    base::FileDescriptor reader;
    base::FileDescriptor writer;
    int flushes_requested = 0;
    std::optional<Logger> logger;

    LoggerTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
        make(LogFormat::logfmt);
    }
    void make(const LogStyle& style) {
        logger.emplace(writer.get(), style, clock, [this](Duration) { ++flushes_requested; });
    }
    std::string written() {
        std::string text;
        std::array<char, 4096> buffer{};
        ssize_t got = 0;
        while ((got = read(reader.get(), buffer.data(), buffer.size())) > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
};

}  // namespace quantum::daemon
