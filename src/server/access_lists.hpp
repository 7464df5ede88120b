#pragma once

#include <string>
#include <vector>

namespace quantum::server {

/// Who may do what on the socket, besides root and the daemon's own user: users, and groups with an
/// '@' in front.
struct AccessLists {
    std::vector<std::string> read{};
    std::vector<std::string> operate{};
    std::vector<std::string> admin{};
};

}  // namespace quantum::server
