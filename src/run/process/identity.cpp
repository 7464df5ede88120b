#include "run/process/identity.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "run/mutant.hpp"
#include "run/process/account_expiry.hpp"

namespace quantum::run {
namespace {

std::optional<unsigned> number_in(const std::string& text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    // The highest number means "leave it as it is" to the kernel.
    if (error != std::errc() || end != text.data() + text.size() ||
        (value == ~0U && !mutated(RunMutant::highest_number_is_a_user)))
        return {};
    return value;
}

/// One of the calls that fill a record and texts beside it; the texts may need more room.
template <class Record, class Call>
Result<bool> look_up(Record& record, std::vector<char>& texts, Call&& call) {
    constexpr std::size_t most_room = std::size_t{1} << 20U;
    Record* found = nullptr;
    for (texts.resize(std::size_t{4} * 1024);; texts.resize(texts.size() * 2)) {
        const int error = call(&record, texts.data(), texts.size(), &found);
        if (found != nullptr) return true;
        if (error == ERANGE && texts.size() < most_room) continue;
        if (error == EINTR) continue;
        if (error == 0 || error == ENOENT || error == ESRCH) return false;
        return fail(ErrorCode::io_error, std::generic_category().message(error));
    }
}

struct Account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
    std::string home = "/";
    std::string shell;
};

Result<Account> find_user(const std::string& name) {
    passwd record{};
    std::vector<char> texts;
    auto found =
        look_up(record, texts, [&](auto... rest) { return getpwnam_r(name.c_str(), rest...); });
    const auto number = number_in(name);
    if (found && !*found && number) {
        found = look_up(record, texts, [&](auto... rest) { return getpwuid_r(*number, rest...); });
    }
    if (!found) {
        return tl::unexpected(
            std::move(found).error().within("cannot look up user '" + name + "'"));
    }
    if (*found) {
        return Account{record.pw_name, record.pw_uid, record.pw_gid, record.pw_dir,
                       record.pw_shell};
    }
    // A number without an account has no group of its own that could be known.
    return fail(ErrorCode::not_found, "there is no user '" + name + "' on this machine");
}

Result<gid_t> find_group(const std::string& name) {
    group record{};
    std::vector<char> texts;
    auto found =
        look_up(record, texts, [&](auto... rest) { return getgrnam_r(name.c_str(), rest...); });
    if (!found) {
        return tl::unexpected(
            std::move(found).error().within("cannot look up group '" + name + "'"));
    }
    if (*found) return record.gr_gid;
    if (const auto number = number_in(name)) return *number;
    return fail(ErrorCode::not_found, "there is no group '" + name + "' on this machine");
}

Result<std::vector<gid_t>> supplementary_groups(const Account& account) {
    constexpr int most_groups = 65536;  // NGROUPS_MAX
    std::vector<gid_t> groups(64);
    for (;;) {
        int count = static_cast<int>(groups.size());
        if (getgrouplist(account.name.c_str(), account.group, groups.data(), &count) >= 0) {
            groups.resize(static_cast<std::size_t>(count));
            return groups;
        }
        if (groups.size() >= most_groups) break;
        groups.resize(std::max<std::size_t>(static_cast<std::size_t>(count), groups.size() * 2));
    }
    return fail(ErrorCode::io_error, "user '" + account.name + "' has too many groups");
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(),
                       [&name](const auto& one) { return one == "*" || one == name; });
}

/// Error: the group is neither one of the account's own nor allowed.
Status check_group(const Account& account, const std::string& name, gid_t group,
                   const AllowedAccounts& allowed) {
    if (holds(allowed.groups, name) || mutated(RunMutant::any_group_is_allowed)) return {};
    const auto own = supplementary_groups(account);
    if (!own) return tl::unexpected(own.error());
    if (std::find(own->begin(), own->end(), group) != own->end()) return {};
    return fail(ErrorCode::invalid_argument, "commands of user '" + account.name +
                                                 "' are not allowed to run in the group '" + name +
                                                 "' here, which is none of that user's");
}

}  // namespace

Result<bool> has_group(const std::string& user, const std::string& group) {
    const auto account = find_user(user);
    if (!account) return tl::unexpected(account.error());
    const auto number = find_group(group);
    if (!number) return tl::unexpected(number.error());
    const auto own = supplementary_groups(*account);
    if (!own) return tl::unexpected(own.error());
    return std::find(own->begin(), own->end(), *number) != own->end();
}

std::optional<uid_t> user_named(const std::string& name) {
    const auto account = find_user(name);
    if (!account) return std::nullopt;
    return account->user;
}

Result<std::optional<Identity>> identity_of(const Command& command,
                                            const AllowedAccounts& allowed) {
    if (command.user.empty() && command.group.empty()) return std::nullopt;
    auto account = find_user(command.user.empty() ? std::to_string(geteuid()) : command.user);
    if (!account) return tl::unexpected(std::move(account).error());
    Status in_group;
    if (!command.group.empty()) {
        const auto group = find_group(command.group);
        if (!group) return tl::unexpected(group.error());
        in_group = check_group(*account, command.group, *group, allowed);
        account->group = *group;
    }
    const bool own = account->user == geteuid() && account->group == getegid();
    if (own && geteuid() != 0) return std::nullopt;
    if (geteuid() != 0) {
        return fail(ErrorCode::invalid_argument,
                    "only root can run a command as user '" + account->name + "', group " +
                        std::to_string(account->group) + "; this program runs as uid " +
                        std::to_string(geteuid()));
    }
    if (!own && !holds(allowed.users, account->name) && !mutated(RunMutant::anybody_is_allowed)) {
        return fail(ErrorCode::invalid_argument,
                    "commands are not allowed to run as user '" + account->name + "' here");
    }
    if (!in_group) return tl::unexpected(std::move(in_group).error());
    if (Status may_run = check_expiry(account->name); !may_run) {
        return tl::unexpected(std::move(may_run).error());
    }
    auto groups = supplementary_groups(*account);
    if (!groups) return tl::unexpected(std::move(groups).error());
    return Identity{
        .user = account->user,
        .group = account->group,
        .groups = std::move(*groups),
        .environment = {{"HOME", account->home},
                        {"LOGNAME", account->name},
                        {"USER", account->name},
                        {"SHELL", account->shell.empty() ? "/bin/sh" : account->shell}}};
}

}  // namespace quantum::run
