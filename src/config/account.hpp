#pragma once

#include <optional>
#include <string>

namespace quantum::config {

/// Whose jobs these are: what cron takes from the password file.
struct Account {
    std::string name;
    std::string home;
    bool is_root = false;  ///< can run commands as anybody

    friend bool operator==(const Account&, const Account&) = default;
};

/// The account this program runs under. Where the password file does not know the user (a
/// container's numeric id), the name is the number and the home directory "/".
[[nodiscard]] Account own_account();

/// None where this machine has no such user.
[[nodiscard]] std::optional<Account> find_account(const std::string& name);

}  // namespace quantum::config
