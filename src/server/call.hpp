#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "quantum/clock.hpp"

#include "server/message.hpp"
#include "server/problem.hpp"
#include "server/target.hpp"

namespace quantum::server {

struct Route;

/// A request on its way through the API, and the right to answer it. One that goes without an
/// answer is answered with `503 stopped`.
///
/// Used on the API's thread; its destructor may run on any.
class Call {
public:
    Call(Request request, Reply reply);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] const Peer& peer() const { return request_.peer; }
    /// "GET /v1/jobs/x".
    [[nodiscard]] const std::string& line() const { return line_; }
    [[nodiscard]] bool is_answered() const { return !reply_; }

    /// The answer counts once; later ones are dropped.
    void answer(Response response);
    /// A body of JSON.
    void answer(unsigned status, std::string json);
    void fail(const Problem& problem) { answer(response_to(problem, line_)); }
    void fail(ProblemKind kind, std::string detail) { fail(Problem{kind, std::move(detail)}); }
    /// Adds to what is called with the answer, before it goes out.
    void on_answer(std::function<void(const Response&)> look);

    // Set by the API before the handler is called.
    const Route* route = nullptr;
    Target target{};
    std::vector<std::string> parameters{};  ///< what stands for the {…} of the pattern, in order
    boost::json::object body{};

    /// The value of a query parameter; none: it is not there.
    [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const;
    /// All values of one that may be repeated.
    [[nodiscard]] std::vector<std::string_view> queries(std::string_view name) const;

    // Members of the query and the body. What is not as it must be is remembered, and the value is
    // as if it were not there.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name, std::int64_t least,
                                                     std::int64_t most);
    [[nodiscard]] std::optional<WallTime> instant(std::string_view name);
    [[nodiscard]] bool flag(std::string_view name);
    [[nodiscard]] std::optional<Duration> duration(std::string_view name);
    [[nodiscard]] std::string body_text(std::string_view name);
    [[nodiscard]] std::optional<WallTime> body_instant(std::string_view name);
    [[nodiscard]] std::optional<std::int64_t> body_number(std::string_view name);
    [[nodiscard]] std::optional<Duration> body_duration(std::string_view name);
    [[nodiscard]] std::vector<std::string> body_texts(std::string_view name);
    [[nodiscard]] bool body_flag(std::string_view name);
    /// Remembers what is wrong: "/until", "?limit".
    void refuse(std::string pointer, std::string message);
    /// Fails the call if anything was wrong.
    [[nodiscard]] bool has_failed();

private:
    [[nodiscard]] const boost::json::value* member(std::string_view name) const;

    Request request_;
    std::string line_;
    Reply reply_;
    std::vector<std::function<void(const Response&)>> looks_;
    std::vector<FieldProblem> wrong_;
};

using CallRef = std::shared_ptr<Call>;

}  // namespace quantum::server
