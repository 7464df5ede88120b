#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/call.hpp"
#include "server/message.hpp"

namespace quantum::server {

struct ApiParts;

/// A member of a query or a body.
struct RouteField {
    std::string_view name;
    std::string_view type;  ///< for people: "instant", "number", "text, may be repeated"
    std::string_view help;
};

/// What a route does if it is asked twice with the same key.
enum class Repeats : std::uint8_t {
    freely,       ///< it changes nothing
    with_key,     ///< the first answer again, from memory
    with_ledger,  ///< the same, and the ledger knows it after a crash
};

/// One row of the table that dispatches, checks, and is documented.
struct Route {
    /// A route without a role does not compile.
    consteval Route(Method its_method, std::string_view its_pattern, Role its_role,
                    void (*its_handler)(ApiParts&, const CallRef&), std::string_view its_summary,
                    std::span<const RouteField> its_query = {},
                    std::span<const RouteField> its_body = {},
                    Repeats how_it_repeats = Repeats::freely, bool it_starts = false)
        : method(its_method),
          pattern(its_pattern),
          role(its_role),
          handler(its_handler),
          summary(its_summary),
          query(its_query),
          body(its_body),
          repeats(how_it_repeats),
          starts(it_starts) {}

    Method method;
    /// "/v1/jobs/{job}/pause".
    std::string_view pattern;
    Role role;
    void (*handler)(ApiParts&, const CallRef&);
    std::string_view summary;
    std::span<const RouteField> query;
    std::span<const RouteField> body;  ///< empty: none, or a document of its own (`PUT`)
    Repeats repeats;
    bool starts;  ///< refused while the scheduler is being stopped
};

/// All of them, in the order of the documentation.
[[nodiscard]] std::span<const Route> all_routes();

/// Where a path leads.
struct RouteMatch {
    const Route* route = nullptr;  ///< null: nowhere, or not with this method
    std::vector<std::string> parameters{};
    std::string allowed{};  ///< the methods of the path, for `Allow`; empty: there is no such path
};

[[nodiscard]] RouteMatch find_route(Method method, const std::vector<std::string>& path);

/// Health routes answer to everybody, and keep places of their own.
[[nodiscard]] bool is_health_route(std::string_view target);

}  // namespace quantum::server
