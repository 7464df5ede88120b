#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace quantum::config {

/// The owner of jobs: what cron takes from the password file.
struct Account {
    std::string name;
    std::string home;
    bool is_root = false;   ///< can run commands as anybody
    std::uint32_t uid = 0;  ///< its number; meaningless if there is no such user

    friend bool operator==(const Account&, const Account&) = default;
};

/// The account under which this program runs. If the password file does not contain the user (such
/// as a numeric ID in a container), the name is the number and the home directory is "/".
[[nodiscard]] Account own_account();

/// None if there is no such user on this machine.
[[nodiscard]] std::optional<Account> find_account(const std::string& name);
[[nodiscard]] std::optional<Account> find_account(std::uint32_t uid);

}  // namespace quantum::config
