#include "server/message.hpp"

#include <algorithm>
#include <array>

namespace quantum::server {
namespace {

constexpr std::array<std::string_view, 5> method_names{"GET", "POST", "PUT", "DELETE", ""};
constexpr std::array<std::string_view, 4> role_names{"none", "read", "operate", "admin"};

}  // namespace

std::string_view to_string(Method method) {
    return method_names.at(static_cast<std::size_t>(method));
}

Method method_named(std::string_view name) {
    const auto found = std::find(method_names.begin(), method_names.end() - 1, name);
    return static_cast<Method>(found - method_names.begin());
}

std::string lowercase(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view to_string(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<Role> role_named(std::string_view name) {
    const auto found = std::find(role_names.begin(), role_names.end(), name);
    if (found == role_names.end()) return std::nullopt;
    return static_cast<Role>(found - role_names.begin());
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [name](const auto& one) { return one.first == name; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
}

}  // namespace quantum::server
