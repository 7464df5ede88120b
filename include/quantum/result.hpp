#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace quantum {

/// Errors that a caller may want to distinguish: one value for each way of handling them.
enum class ErrorCode {
    invalid_argument,  ///< the input is invalid; the message says where, and what is allowed
    not_found,         ///< no object has this name
    already_exists,    ///< another object has this name
    unavailable,       ///< gone, stopped or unreachable; trying again later may help
    timed_out,         ///< no reply within the given time
    io_error,          ///< the operating system reported an error; the message has its reason
    corrupt,           ///< stored data is inconsistent
};

/// An expected failure: a code for the program and a message for people.
struct Error {
    ErrorCode code = ErrorCode::invalid_argument;
    std::string message;

    /// The same error with context: "crontab:12: " in front of the message.
    [[nodiscard]] Error within(std::string_view where) && {
        std::string text(where);
        text += ": ";
        text += message;
        return {code, std::move(text)};
    }

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// For calls that only succeed or fail.
using Status = Result<void>;

/// `return fail(ErrorCode::not_found, "no job 'report'");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace quantum
