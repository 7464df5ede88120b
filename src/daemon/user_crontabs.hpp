#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/result.hpp"

#include "config/account.hpp"
#include "config/load.hpp"

namespace quantum::daemon {

struct UserCrontabOptions {
    std::filesystem::path spool;  ///< where they are; see `config::LoadOptions::spool`
    /// Whoever is named in the first may have a crontab; if it does not exist, whoever is not named
    /// in the second. Root always may.
    std::string allow = "/etc/cron.allow";
    std::string deny = "/etc/cron.deny";
    /// What would be wrong with a text as a user's crontab.
    std::function<config::LoadedFile(const config::Account& owner, const std::string& path,
                                     std::string text)>
        check{};
};

/// What came of a request to read or change a user's crontab.
struct CrontabAnswer {
    enum class Kind : std::uint8_t {
        done,
        none,     ///< the user has no crontab
        refused,  ///< `text` says why
    };
    Kind kind = Kind::done;
    std::string text{};  ///< the crontab that was read, or what is to be said about the new one
    std::string tag{};   ///< of the crontab as it is now; equal for equal contents
};

/// The crontabs of users in a spool, as users read and change them through `quantum crontab`.
///
/// A new one is checked as `quantum check` does, written under a hidden name, and takes the place
/// of the old one when it is on disk. It is owned by its user and readable by nobody else, as cron
/// keeps them.
///
/// Not thread-safe.
class UserCrontabs {
public:
    explicit UserCrontabs(UserCrontabOptions options) : options_(std::move(options)) {}

    /// The user with that number, if he may have a crontab. The error is for him to read.
    [[nodiscard]] Result<config::Account> user(std::uint32_t uid) const;

    [[nodiscard]] CrontabAnswer read(const config::Account& user) const;
    /// `tag`: of the crontab that the new one is a change of; if it is another one by now, the
    /// request is refused. Empty: whatever it is.
    [[nodiscard]] CrontabAnswer replace(const config::Account& user, const std::string& text,
                                        std::string_view tag);
    [[nodiscard]] CrontabAnswer remove(const config::Account& user);

    [[nodiscard]] std::string path_of(const config::Account& user) const;

private:
    [[nodiscard]] Status write(const config::Account& user, const std::string& text) const;

    const UserCrontabOptions options_;
};

}  // namespace quantum::daemon
