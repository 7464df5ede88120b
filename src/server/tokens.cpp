#include "server/tokens.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "base/trusted_file.hpp"
#include "server/mutant.hpp"
#include "server/target.hpp"

namespace quantum::server {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_tokens = 1000;
constexpr std::size_t most_file = std::size_t{1} << 20U;
constexpr std::string_view prefix = "qt_";
constexpr const char* file_name = "tokens";

std::string hash_of(std::string_view value) {
    if (mutated(ServerMutant::token_kept_in_clear)) return std::string(value);
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(value.data(), value.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string text;
    for (unsigned at = 0; at < size; ++at) {
        text += digits[digest.at(at) >> 4U];
        text += digits[digest.at(at) & 15U];
    }
    return text;
}

Result<std::string> random_value() {
    std::array<char, 32> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        return fail(ErrorCode::io_error, "the kernel has no random numbers");
    }
    return std::string(prefix) + encode_cursor({bytes.data(), bytes.size()});
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

std::int64_t micros(const std::optional<WallTime>& time) {
    return time ? time->time_since_epoch().count() : 0;
}

/// "name role hash made expires": instants in microseconds, 0 for none.
std::optional<Token> token_from(const std::string& line) {
    std::istringstream words(line);
    Token token;
    std::string role;
    std::int64_t made = 0;
    std::int64_t expires = 0;
    if (!(words >> token.name >> role >> token.hash >> made >> expires)) return std::nullopt;
    const auto named = role_named(role);
    if (!named || !is_name(token.name)) return std::nullopt;
    token.role = *named;
    token.made = WallTime(Duration(made));
    if (expires != 0) token.expires = WallTime(Duration(expires));
    return token;
}

tl::unexpected<Error> io_failure(const std::string& path, int error) {
    return fail(ErrorCode::io_error, path + ": " + std::generic_category().message(error));
}

Result<std::string> read_all(int descriptor, const std::string& path) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_failure(path, errno);
        if (got == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most_file) return fail(ErrorCode::corrupt, path + ": is too large");
    }
}

}  // namespace

Result<Tokens> Tokens::open(const std::filesystem::path& directory) {
    Tokens tokens;
    tokens.directory_ = directory;
    const std::string path = (directory / file_name).string();
    auto file = base::open_trusted(path, base::FileTrust::secret);
    if (!file && file.error().code == ErrorCode::not_found) return tokens;
    if (!file) return tl::unexpected(std::move(file).error());
    auto text = read_all(file->get(), path);
    if (!text) return tl::unexpected(std::move(text).error());
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        auto token = token_from(line);
        if (!token) return fail(ErrorCode::corrupt, path + ": a line is not a token");
        tokens.tokens_.push_back(std::move(*token));
    }
    return tokens;
}

Result<std::string> Tokens::add(const std::string& name, Role role, std::optional<WallTime> expires,
                                WallTime now) {
    if (!is_name(name)) {
        return fail(ErrorCode::invalid_argument,
                    "name: must have 1 to 64 letters, digits, '.', '_' or '-'");
    }
    const bool is_taken = std::any_of(tokens_.begin(), tokens_.end(),
                                      [&name](const Token& one) { return one.name == name; });
    if (is_taken) return fail(ErrorCode::already_exists, "there is a token '" + name + "'");
    if (tokens_.size() >= most_tokens) {
        return fail(ErrorCode::invalid_argument, "there are too many tokens");
    }
    auto value = random_value();
    if (!value) return value;
    tokens_.push_back({name, role, hash_of(*value), now, expires, {}});
    if (Status stored = store(); !stored) {
        tokens_.pop_back();
        return tl::unexpected(std::move(stored).error());
    }
    return value;
}

Status Tokens::remove(const std::string& name) {
    const auto found = std::find_if(tokens_.begin(), tokens_.end(),
                                    [&name](const Token& one) { return one.name == name; });
    if (found == tokens_.end())
        return fail(ErrorCode::not_found, "There is no token '" + name + "'.");
    const Token removed = *found;
    tokens_.erase(found);
    Status stored = store();
    if (!stored) tokens_.push_back(removed);
    return stored;
}

const Token* Tokens::find(std::string_view value, WallTime now) {
    const std::string hash = hash_of(value);
    Token* found = nullptr;
    for (Token& token : tokens_) {
        if (token.hash.size() == hash.size() &&
            CRYPTO_memcmp(token.hash.data(), hash.data(), hash.size()) == 0) {
            found = &token;
        }
    }
    if (found == nullptr) return nullptr;
    const bool is_over = found->expires && *found->expires <= now;
    if (is_over && !mutated(ServerMutant::expired_token_holds)) return nullptr;
    found->last_used = now;
    return found;
}

// A file of its own that then takes the place of the one before: whole, whatever happens.
Status Tokens::store() const {
    if (directory_.empty()) return {};
    std::ostringstream text;
    for (const Token& token : tokens_) {
        text << token.name << ' ' << to_string(token.role) << ' ' << token.hash << ' '
             << micros(token.made) << ' ' << micros(token.expires) << '\n';
    }
    const std::string bytes = text.str();
    const std::string path = (directory_ / (std::string(file_name) + ".new")).string();
    auto place = base::FoundPath::find(path, base::own_rules());
    if (!place) return tl::unexpected(std::move(place).error());
    auto file = place->open_or_make_file(O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (!file) return tl::unexpected(std::move(file).error());
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const ssize_t put = ::write(file->get(), rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return io_failure(path, errno);
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    if (fsync(file->get()) != 0) return io_failure(path, errno);
    if (const int error = place->rename(place->name(), file_name); error != 0) {
        return io_failure(path, error);
    }
    if (const int error = base::sync_names(place->directory()); error != 0) {
        return io_failure(path, error);
    }
    return {};
}

}  // namespace quantum::server
