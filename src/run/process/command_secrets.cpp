#include "run/process/command_secrets.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "base/trusted_file.hpp"
#include "run/mutant.hpp"

namespace quantum::run {
namespace {

constexpr std::size_t largest_file = std::size_t{128} * 1024;
constexpr std::size_t shortest_masked = 4;

Result<std::string> read_secret_file(const std::string& path, std::optional<uid_t> user) {
    const auto file = base::open_trusted(path, base::FileTrust::secret, user);
    if (!file) return tl::unexpected(file.error());
    std::string text(largest_file + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = read(file->get(), text.data() + filled, text.size() - filled);
        if (got == 0) break;
        if (got > 0) filled += static_cast<std::size_t>(got);
        if (got < 0 && errno != EINTR) {
            return fail(ErrorCode::io_error,
                        path + ": cannot read: " + std::generic_category().message(errno));
        }
    }
    if (filled > largest_file) {
        return fail(ErrorCode::invalid_argument, path + ": is larger than 128 KiB");
    }
    text.resize(filled);
    if (text.find('\0') != std::string::npos) {
        return fail(ErrorCode::invalid_argument,
                    path + ": contains a NUL byte, which variables cannot");
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                        (value.front() == '"' || value.front() == '\'');
    return quoted ? value.substr(1, value.size() - 2) : value;
}

/// The later of two values of a variable counts.
void set(CommandSecrets& secrets, std::string_view name, std::string_view value) {
    for (auto& variable : secrets.variables) {
        if (variable.first != name) continue;
        variable.second = value;
        return;
    }
    secrets.variables.emplace_back(name, value);
}

Status read_environment_file(const std::string& path, std::optional<uid_t> user,
                             CommandSecrets& secrets) {
    auto text = read_secret_file(path, user);
    if (!text) return tl::unexpected(std::move(text).error());
    std::string_view rest = *text;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t newline = rest.find('\n');
        const std::string_view content = trimmed(rest.substr(0, newline));
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
        if (content.empty() || content.front() == '#') continue;
        const std::size_t equals = content.find('=');
        const std::string_view name = trimmed(content.substr(0, equals));
        if (equals == std::string_view::npos || name.empty() ||
            name.find_first_of(" \t'\"") != std::string_view::npos) {
            return fail(ErrorCode::invalid_argument,
                        path + ':' + std::to_string(line) + ": is not of the form NAME=value");
        }
        const std::string_view value = unquoted(trimmed(content.substr(equals + 1)));
        set(secrets, name, value);
        if (value.size() >= shortest_masked && !mutated(RunMutant::values_of_file_shown))
            secrets.masked.emplace_back(value);
    }
    return {};
}

}  // namespace

Result<std::string> read_secret(const std::string& name, const std::string& directory) {
    const bool path = name.starts_with('/');
    const std::string where = "cannot read the secret '" + name + "'";
    if (!path && directory.empty()) {
        return fail(ErrorCode::not_found, where + ": no secrets directory is configured");
    }
    auto value = read_secret_file(path ? name : directory + '/' + name, {});
    if (!value) return tl::unexpected(std::move(value).error().within(where));
    while ((value->ends_with('\n') && !mutated(RunMutant::newline_of_secret_kept)) ||
           value->ends_with('\r'))
        value->pop_back();
    if (value->empty()) return fail(ErrorCode::invalid_argument, where + ": it is empty");
    return value;
}

Result<CommandSecrets> read_secrets(const Command& command, const std::string& directory,
                                    std::optional<uid_t> user) {
    CommandSecrets secrets;
    if (!command.environment_file.empty()) {
        if (auto done = read_environment_file(command.environment_file, user, secrets); !done) {
            return tl::unexpected(std::move(done).error().within("cannot read the environment"));
        }
    }
    for (const SecretVariable& secret : command.secrets) {
        auto value = read_secret(secret.secret, directory);
        if (!value) return tl::unexpected(std::move(value).error());
        set(secrets, secret.variable, *value);
        secrets.masked.push_back(*std::move(value));
    }
    return secrets;
}

}  // namespace quantum::run
