#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/access_lists.hpp"

namespace quantum::server {

/// Where the API of a daemon is, and who may use it.
struct ControlOptions {
    std::filesystem::path directory{};  ///< of the socket; an open state directory, or /run/quantum
    std::filesystem::path state{};      ///< where tokens are kept; empty: nowhere
    AccessLists access{};
    std::string socket_mode = "0600";
    std::string socket_group{};
    std::string listen{};  ///< "127.0.0.1:7917"; empty: no TCP
    std::vector<std::string> hosts{};
};

}  // namespace quantum::server
