#include "cli/daemon_pulse.hpp"

#include <chrono>
#include <string>

#include "client/connection.hpp"

namespace quantum::cli {
namespace {

constexpr std::chrono::milliseconds asks_for(2000);

}  // namespace

DaemonPulse daemon_pulse(const std::filesystem::path& socket) {
    const auto begin = std::chrono::steady_clock::now();
    auto connection = client::Connection::open(socket, asks_for);
    if (!connection) {
        return connection.error().code == ErrorCode::timed_out ? DaemonPulse::hung
                                                               : DaemonPulse::none;
    }
    const auto left = asks_for - std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::steady_clock::now() - begin);
    const auto answer = connection->ask({.target = "/v1/status"}, left);
    if (!answer) {
        return answer.error().code == ErrorCode::timed_out ? DaemonPulse::hung : DaemonPulse::none;
    }
    if (answer->body.find(R"("status":"hung")") != std::string::npos) return DaemonPulse::hung;
    return answer->is_good() ? DaemonPulse::runs : DaemonPulse::none;
}

}  // namespace quantum::cli
