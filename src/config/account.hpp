#pragma once

#include <string>

namespace quantum::config {

/// Whose jobs these are: what cron takes from the password file.
struct Account {
    std::string name;
    std::string home;

    friend bool operator==(const Account&, const Account&) = default;
};

/// The account this program runs under. Where the password file does not know the user (a
/// container's numeric id), the name is the number and the home directory "/".
[[nodiscard]] Account own_account();

}  // namespace quantum::config
