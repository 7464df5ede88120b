#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/paths.hpp"
#include "support/program.hpp"

namespace quantum::test {

using Fields = std::map<std::string, std::string>;

/// A logfmt line as its fields. Escapes in quoted values stay as they are.
inline Fields parse(const std::string& line) {
    Fields fields;
    for (std::size_t at = 0; at < line.size();) {
        const auto equals = line.find('=', at);
        if (equals == std::string::npos) break;
        const std::string key = line.substr(at, equals - at);
        std::size_t end = equals + 1;
        if (end < line.size() && line[end] == '"') {
            for (++end; line[end] != '"'; ++end) {
                if (line[end] == '\\') ++end;
            }
            fields[key] = line.substr(equals + 2, end - equals - 2);
            ++end;
        } else {
            end = std::min(line.find(' ', end), line.size());
            fields[key] = line.substr(equals + 1, end - equals - 1);
        }
        at = end + 1;
    }
    return fields;
}

inline std::vector<Fields> parse_all(const std::string& log) {
    std::vector<Fields> lines;
    std::istringstream stream(log);
    for (std::string line; std::getline(stream, line);) lines.push_back(parse(line));
    return lines;
}

inline std::vector<Fields> with_message(const std::string& log, const std::string& message) {
    std::vector<Fields> lines = parse_all(log);
    std::erase_if(lines, [&](Fields& fields) { return fields["msg"] != message; });
    return lines;
}

/// A file of jobs in a directory of its own, and the daemon on it.
struct DaemonTest : testing::Test {
    std::string directory;
    std::string jobs_file;

    DaemonTest() {
        directory = testing::TempDir() + "quantum-daemon-XXXXXX";
        EXPECT_NE(mkdtemp(directory.data()), nullptr);
        jobs_file = directory + "/jobs";
    }
    ~DaemonTest() override {
        unlink(jobs_file.c_str());
        rmdir(directory.c_str());
    }

    void write_jobs(const std::string& text) const { std::ofstream(jobs_file) << text; }

    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& options) const {
        std::vector<std::string> argv{binary("daemon_program"), jobs_file};
        argv.insert(argv.end(), options.begin(), options.end());
        return argv;
    }
};

inline constexpr const char* every_second = "* * * * * * *";
inline constexpr const char* next_year = "0 0 0 1 1 * *";

}  // namespace quantum::test
