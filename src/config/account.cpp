#include "config/account.hpp"

#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace quantum::config {

Account own_account() {
    const uid_t user = ::geteuid();
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> texts(16384);
    if (::getpwuid_r(user, &record, texts.data(), texts.size(), &found) != 0 || found == nullptr) {
        return {std::to_string(user), "/"};
    }
    const std::string home = found->pw_dir;
    return {found->pw_name, home.empty() ? "/" : home};
}

}  // namespace quantum::config
