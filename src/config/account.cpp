#include "config/account.hpp"

#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace quantum::config {

namespace {

Account account_of(const passwd& record) {
    const std::string home = record.pw_dir;
    return {record.pw_name, home.empty() ? "/" : home, record.pw_uid == 0, record.pw_uid};
}

}  // namespace

Account own_account() {
    const uid_t user = ::geteuid();
    return find_account(user).value_or(Account{std::to_string(user), "/", user == 0, user});
}

std::optional<Account> find_account(std::uint32_t uid) {
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> texts(16384);
    if (::getpwuid_r(uid, &record, texts.data(), texts.size(), &found) != 0 || found == nullptr) {
        return std::nullopt;
    }
    return account_of(record);
}

std::optional<Account> find_account(const std::string& name) {
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> texts(16384);
    if (::getpwnam_r(name.c_str(), &record, texts.data(), texts.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return account_of(record);
}

}  // namespace quantum::config
