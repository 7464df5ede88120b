#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "server/access_lists.hpp"
#include "server/message.hpp"

namespace quantum::server {

/// Rights as people write them: "operate=ada", "read=@staff". Errors: `invalid_argument`.
[[nodiscard]] Result<AccessLists> access_lists(const std::vector<std::string>& rights);

/// The rights of peers on the Unix socket. Names are looked up once, when it is made, so that no
/// connection waits for a name service.
///
/// Thread-safety: const after construction.
class Access {
public:
    /// Only root and the daemon's own user.
    Access();
    /// Errors: `not_found` if there is no such user or group.
    [[nodiscard]] static Result<Access> of(const AccessLists& lists);

    /// A peer with these credentials of the kernel's.
    [[nodiscard]] Peer peer_of(uid_t user, gid_t group, const std::vector<gid_t>& groups) const;

private:
    [[nodiscard]] Status add(const std::vector<std::string>& names, Role role);

    std::map<uid_t, Role> users_;
    std::map<gid_t, Role> groups_;
    std::map<uid_t, std::string> names_;
};

}  // namespace quantum::server
