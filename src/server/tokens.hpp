#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "server/message.hpp"

namespace quantum::server {

/// A right to use the API over TCP. Its value is shown once; what is kept is its SHA-256.
struct Token {
    std::string name;
    Role role = Role::read;
    std::string hash;  ///< 64 hexadecimal digits
    WallTime made{};
    std::optional<WallTime> expires{};
    std::optional<WallTime> last_used{};  ///< in this life of the daemon
};

/// The tokens of a state directory, in its file `tokens` (0600): one line each, written anew as a
/// whole.
///
/// Thread-safety: none.
class Tokens {
public:
    /// Of an open state directory; reads what is there. Without a directory they last as long as
    /// this. Errors: `corrupt`, `io_error`.
    [[nodiscard]] static Result<Tokens> open(const std::filesystem::path& directory);
    Tokens() = default;

    [[nodiscard]] const std::vector<Token>& all() const { return tokens_; }
    /// Makes one; the result is its value. Errors: `already_exists`, `invalid_argument` for its
    /// name, `io_error`.
    [[nodiscard]] Result<std::string> add(const std::string& name, Role role,
                                          std::optional<WallTime> expires, WallTime now);
    /// Errors: `not_found`, `io_error`.
    [[nodiscard]] Status remove(const std::string& name);
    /// The token with this value, unless it has expired; null: there is none. Takes the same time
    /// however much of the value is right.
    [[nodiscard]] const Token* find(std::string_view value, WallTime now);

private:
    [[nodiscard]] Status store() const;

    std::filesystem::path directory_;  // empty: nothing is stored
    std::vector<Token> tokens_;
};

}  // namespace quantum::server
