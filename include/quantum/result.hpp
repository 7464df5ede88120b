#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace quantum {

/// What a caller can do something about; one value per thing done differently.
enum class ErrorCode {
    invalid_argument,  ///< the input is wrong; the message says where and what is allowed
    not_found,         ///< a name that nothing carries
    already_exists,    ///< a name that something else carries
    unavailable,       ///< gone, stopped or not reachable; trying again later may help
    timed_out,         ///< no answer came in the time given
    io_error,          ///< the operating system refused; the message carries its reason
    corrupt,           ///< stored data contradicts itself
};

/// An expected failure: a code for the program, a message for the person.
struct Error {
    ErrorCode code = ErrorCode::invalid_argument;
    std::string message;

    /// The same error seen from further out: "crontab:12: " in front of the message.
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

/// For calls that answer only "done" or "failed".
using Status = Result<void>;

/// `return fail(ErrorCode::not_found, "no job 'report'");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace quantum
