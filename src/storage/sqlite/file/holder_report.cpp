#include "storage/sqlite/file/holder_report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>
#include <string_view>

#include <unistd.h>

#include "base/process.hpp"

namespace quantum::sqlite {
namespace {

constexpr std::size_t report_size = 4096;
constexpr std::size_t longest_line = 512;
constexpr std::string_view degraded_word = "degraded ";
constexpr std::string_view bad_word = "bad ";

// In one line of its own, cut where it is long.
void append_line(std::string& report, std::string line) {
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.size() > longest_line) line.replace(longest_line, std::string::npos, "...");
    report += line;
    report += '\n';
}

std::string text_of(const HolderReport& report) {
    std::string text =
        std::to_string(report.process.value_or(0)) + ' ' + std::to_string(report.started) + '\n';
    if (report.degraded_since) {
        append_line(text, std::string(degraded_word) +
                              std::to_string(report.degraded_since->time_since_epoch().count()) +
                              ' ' + report.reason);
    }
    // Room for one line more, which then counts those that are left out.
    constexpr std::size_t room = report_size - 2 * (longest_line + 4);
    std::size_t told = 0;
    for (const std::string& reason : report.bad_files) {
        if (text.size() > room) break;
        append_line(text, std::string(bad_word) + reason);
        ++told;
    }
    if (const std::size_t left = report.bad_files.size() - told; left > 0) {
        append_line(text, std::string(bad_word) + "and " + std::to_string(left) + " more files");
    }
    return text;
}

void read_line(HolderReport& report, std::string_view line) {
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    if (line.starts_with(bad_word)) {
        report.bad_files.emplace_back(line.substr(bad_word.size()));
    } else if (line.starts_with(degraded_word)) {
        std::istringstream words(std::string(line.substr(degraded_word.size())));
        std::int64_t since = 0;
        if (!(words >> since)) return;
        report.degraded_since = WallTime(Duration(since));
        std::getline(words >> std::ws, report.reason);
    }
}

}  // namespace

HolderReport own_report() {
    HolderReport report;
    report.process = ::getpid();
    report.started = base::read_process(*report.process).started;
    return report;
}

bool write_report(int descriptor, const HolderReport& report) {
    std::string text = text_of(report);
    text.resize(report_size - 1, ' ');
    text += '\n';
    return ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

HolderReport read_report(int descriptor) {
    std::array<char, report_size> buffer{};
    const ssize_t length = ::pread(descriptor, buffer.data(), buffer.size(), 0);
    std::istringstream text(
        std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))));
    HolderReport report;
    std::string line;
    std::getline(text, line);
    std::istringstream first(line);
    pid_t process = 0;
    if (first >> process) report.process = process;
    first >> report.started;
    while (std::getline(text, line)) read_line(report, line);
    return report;
}

}  // namespace quantum::sqlite
