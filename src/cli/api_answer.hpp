#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "cli/api_link.hpp"
#include "client/connection.hpp"

// What the commands have in common that ask the API.
namespace quantum::cli {

/// A good answer, or the exit code of a command whose failure has been told on standard error.
struct Asked {
    int code = 0;
    client::Answer answer{};
    boost::json::object body{};  ///< empty if the answer is not JSON

    [[nodiscard]] bool is_good() const { return code == 0; }
};

/// Opens the link; if that fails, tells why and gives the exit code.
[[nodiscard]] std::optional<ApiLink> open_link(const ApiPlace& place, Offline offline, int& code);

[[nodiscard]] Asked ask(ApiLink& link, client::Question question,
                        ApiLink::Patience patience = ApiLink::usual_patience);

/// Tells what a problem document says.
void print_problem(const client::Answer& answer);

// Members of an object; a value that is not there, or of another type, is empty.
[[nodiscard]] std::string_view text_of(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> number_of(const boost::json::object& object,
                                                    std::string_view key);
[[nodiscard]] const boost::json::object* object_of(const boost::json::object& object,
                                                   std::string_view key);
[[nodiscard]] const boost::json::array* array_of(const boost::json::object& object,
                                                 std::string_view key);
[[nodiscard]] std::optional<WallTime> instant_of(const boost::json::object& object,
                                                 std::string_view key);

/// With no daemon: says so, and since when nothing has been decided, on standard error.
void tell_offline(ApiLink& link);

/// "/v1/jobs/NAME".
[[nodiscard]] std::string job_path(std::string_view name);

}  // namespace quantum::cli
