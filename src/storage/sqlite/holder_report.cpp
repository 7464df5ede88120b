#include "storage/sqlite/holder_report.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>

#include <unistd.h>

#include "base/process.hpp"

namespace quantum::sqlite {
namespace {

constexpr std::size_t report_size = 1024;

void read_line(HolderReport& report, std::istringstream line) {
    std::string word;
    std::int64_t since = 0;
    if (!(line >> word) || word != "degraded" || !(line >> since)) return;
    report.degraded_since = WallTime(Duration(since));
    std::getline(line >> std::ws, report.reason);
    report.reason.erase(report.reason.find_last_not_of(' ') + 1);
}

}  // namespace

HolderReport own_report() {
    HolderReport report;
    report.process = ::getpid();
    report.started = read_process(*report.process).started;
    return report;
}

bool write_report(int descriptor, const HolderReport& report) {
    std::ostringstream out;
    out << report.process.value_or(0) << ' ' << report.started << '\n';
    if (report.degraded_since) {
        std::string reason = report.reason;
        std::replace(reason.begin(), reason.end(), '\n', ' ');
        out << "degraded " << report.degraded_since->time_since_epoch().count() << ' ' << reason;
    }
    std::string text = out.str();
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
    while (std::getline(text, line)) read_line(report, std::istringstream(line));
    return report;
}

}  // namespace quantum::sqlite
