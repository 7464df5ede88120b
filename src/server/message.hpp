#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What goes in and out of the API, whoever carries it.
namespace quantum::server {

enum class Method : std::uint8_t { get, post, put, remove, other };

[[nodiscard]] std::string_view to_string(Method method);
/// "GET" and its like; `other` for whatever no route has.
[[nodiscard]] Method method_named(std::string_view name);

/// What a peer may do; each includes those before it.
enum class Role : std::uint8_t {
    none,  ///< nothing but ask whether the daemon is alive
    read,
    operate,  ///< pause, resume, trigger, kill, reload: nothing that changes what runs, or as whom
    admin,
};

[[nodiscard]] std::string_view to_string(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);

/// ASCII letters only: header names.
[[nodiscard]] std::string lowercase(std::string_view text);

/// Who sent a request.
struct Peer {
    Role role = Role::none;
    /// For audit notes: "api:oncall", "api:uid 1001", "token:ci".
    std::string actor{};
    /// What its requests are counted by.
    std::string rate_key{};
    /// It connected to the Unix socket; false: by TCP.
    bool is_local = true;
    /// It showed no credentials where some are needed, or wrong ones.
    bool is_unknown = false;
};

struct Request {
    Method method = Method::get;
    /// The request target: path and query, percent-encoded.
    std::string target{};
    /// Names in lowercase.
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    Peer peer{};

    /// The first header of that name; none: there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
    unsigned status = 200;
    std::string type = "application/json";
    /// Besides those that frame the body.
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

/// Called once, on any thread.
using Reply = std::function<void(Response)>;

}  // namespace quantum::server
