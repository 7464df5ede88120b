#include "server/access.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "server/mutant.hpp"

namespace quantum::server {
namespace {

constexpr std::size_t most_entry = 65'536;

std::optional<uid_t> user_number(const std::string& name) {
    std::vector<char> buffer(most_entry);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return found->pw_uid;
}

std::optional<std::string> user_name(uid_t user) {
    std::vector<char> buffer(most_entry);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return std::nullopt;
    }
    return std::string(found->pw_name);
}

/// A group's number and the members that its entry names.
struct FoundGroup {
    gid_t number = 0;
    std::vector<std::string> members{};
};

std::optional<FoundGroup> find_group(const std::string& name) {
    std::vector<char> buffer(most_entry);
    group entry{};
    group* found = nullptr;
    if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    FoundGroup result{found->gr_gid, {}};
    for (char** member = found->gr_mem; *member != nullptr; ++member) {
        result.members.emplace_back(*member);
    }
    return result;
}

template <class Id>
void raise(std::map<Id, Role>& roles, Id id, Role role) {
    Role& known = roles[id];
    known = std::max(known, role);
}

}  // namespace

Result<AccessLists> access_lists(const std::vector<std::string>& rights) {
    AccessLists lists;
    for (const std::string& right : rights) {
        const std::size_t equals = right.find('=');
        const std::string role = right.substr(0, equals);
        std::vector<std::string>* const names = role == "read"      ? &lists.read
                                                : role == "operate" ? &lists.operate
                                                : role == "admin"   ? &lists.admin
                                                                    : nullptr;
        if (names == nullptr || equals == std::string::npos || equals + 1 == right.size()) {
            return fail(ErrorCode::invalid_argument,
                        "access: '" + right +
                            "' is not ROLE=NAME, such as operate=ada or read=@staff; roles are "
                            "read, operate and admin");
        }
        names->push_back(right.substr(equals + 1));
    }
    return lists;
}

Access::Access() {
    raise(users_, uid_t{0}, Role::admin);
    raise(users_, geteuid(), Role::admin);
    for (const auto& [user, role] : users_) {
        if (auto name = user_name(user)) names_.emplace(user, std::move(*name));
    }
}

Result<Access> Access::of(const AccessLists& lists) {
    Access access;
    if (Status added = access.add(lists.read, Role::read); !added) {
        return tl::unexpected(std::move(added).error());
    }
    if (Status added = access.add(lists.operate, Role::operate); !added) {
        return tl::unexpected(std::move(added).error());
    }
    if (Status added = access.add(lists.admin, Role::admin); !added) {
        return tl::unexpected(std::move(added).error());
    }
    return access;
}

Status Access::add(const std::vector<std::string>& names, Role role) {
    for (const std::string& name : names) {
        if (!name.starts_with('@')) {
            const auto user = user_number(name);
            if (!user) return fail(ErrorCode::not_found, "access: there is no user '" + name + "'");
            raise(users_, *user, role);
            names_.emplace(*user, name);
            continue;
        }
        const auto group = find_group(name.substr(1));
        if (!group) {
            return fail(ErrorCode::not_found, "access: there is no group '" + name.substr(1) + "'");
        }
        raise(groups_, group->number, role);
        // The kernel tells the groups of a peer; these names are for the audit log.
        for (const std::string& member : group->members) {
            if (const auto user = user_number(member)) names_.emplace(*user, member);
        }
    }
    return {};
}

Peer Access::peer_of(uid_t user, gid_t group, const std::vector<gid_t>& groups) const {
    Peer peer;
    const auto by_user = users_.find(user);
    if (by_user != users_.end()) peer.role = by_user->second;
    const auto take_group = [&](gid_t one) {
        const auto by_group = groups_.find(one);
        if (by_group != groups_.end()) peer.role = std::max(peer.role, by_group->second);
    };
    take_group(group);
    for (const gid_t one : groups) take_group(one);
    if (mutated(ServerMutant::strangers_may_read)) peer.role = std::max(peer.role, Role::read);
    const auto name = names_.find(user);
    peer.actor = name != names_.end() ? "api:" + name->second : "api:uid " + std::to_string(user);
    peer.rate_key = "uid " + std::to_string(user);
    return peer;
}

}  // namespace quantum::server
