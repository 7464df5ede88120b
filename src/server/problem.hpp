#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/result.hpp"

#include "server/message.hpp"

namespace quantum::server {

/// Why a request failed; the name is the last part of the `type` of a problem document (RFC 9457).
enum class ProblemKind : std::uint8_t {
    malformed,
    unknown_field,
    invalid_job,
    who,
    role,
    no_route,
    no_job,
    no_execution,
    expired,
    method,
    not_acceptable,
    overlap,
    file_owned,
    exists,
    count_differs,
    plan_differs,
    not_running,
    draining,
    under_way,
    stale,
    body,
    media_type,
    host,
    key_reused,
    precondition_required,
    slow_down,
    headers,
    failed,
    degraded,
    starting,
    stopped,
    timed_out,
};

inline constexpr std::size_t problem_kinds = static_cast<std::size_t>(ProblemKind::timed_out) + 1;

struct ProblemWords {
    ProblemKind kind;
    unsigned status;
    std::string_view name;
    std::string_view title;
};

[[nodiscard]] const ProblemWords& words_of(ProblemKind kind);

/// What is wrong with one member of the request.
struct FieldProblem {
    std::string pointer;  ///< a JSON pointer; for a query parameter "?name"
    std::string message;
    std::string did_you_mean{};  ///< empty: nothing is near
};

struct Problem {
    ProblemKind kind = ProblemKind::malformed;
    std::string detail;  ///< a sentence with the remedy
    std::vector<FieldProblem> errors{};
    /// Further members of the document, as JSON texts by their names.
    std::vector<std::pair<std::string, std::string>> members{};
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// The problem document, `application/problem+json`. `request`: "GET /v1/jobs/x".
[[nodiscard]] Response response_to(const Problem& problem, std::string_view request);

/// What an error of the engine or of a ledger is for whoever asked.
[[nodiscard]] Problem problem_of(const Error& error);

}  // namespace quantum::server
