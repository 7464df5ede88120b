#include "daemon/host_name.hpp"

#include <array>
#include <climits>

#include <unistd.h>

namespace quantum::daemon {

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (gethostname(name.data(), name.size() - 1) < 0 || name[0] == '\0') return "localhost";
    return name.data();
}

}  // namespace quantum::daemon
