#include "cli/api_link.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include <sys/random.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/offline_api.hpp"
#include "cli/state_directory.hpp"

namespace quantum::cli {
namespace {

constexpr const char* socket_name = "control.sock";
constexpr const char* service_socket = "/run/quantum/control.sock";
constexpr int tries = 3;

std::string environment_text(const char* name) {
    const char* const value =
        std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return value == nullptr ? std::string() : value;
}

/// A key that nobody else uses.
std::string random_key() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 16> bytes{};
    std::string key;
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return key;
    for (const unsigned char byte : bytes) {
        key += digits[byte >> 4U];
        key += digits[byte & 15U];
    }
    return key;
}

}  // namespace

struct ApiLink::Impl {
    std::filesystem::path socket{};
    std::optional<client::Connection> connection{};
    std::unique_ptr<OfflineApi> offline{};
    std::filesystem::path none{};
};

std::vector<std::filesystem::path> socket_paths(const ApiPlace& place) {
    if (!place.socket.empty()) return {place.socket};
    if (place.state.empty()) {
        if (std::string own = environment_text("QUANTUM_SOCKET"); !own.empty()) return {own};
    }
    std::vector<std::filesystem::path> paths;
    if (const auto state = state_directory(place.state)) paths.push_back(*state / socket_name);
    if (place.state.empty()) paths.emplace_back(service_socket);
    return paths;
}

ApiLink::ApiLink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiLink::ApiLink(ApiLink&&) noexcept = default;
ApiLink::~ApiLink() = default;

Result<ApiLink> ApiLink::open(const ApiPlace& place, Offline offline) {
    auto impl = std::make_unique<Impl>();
    Error last{ErrorCode::unavailable, "no daemon is running"};
    for (const std::filesystem::path& path : socket_paths(place)) {
        auto connection = client::Connection::open(path, usual_patience);
        if (connection) {
            impl->socket = path;
            impl->connection.emplace(std::move(*connection));
            return ApiLink(std::move(impl));
        }
        if (connection.error().code != ErrorCode::not_found) {
            return tl::unexpected(std::move(connection).error());
        }
        if (last.code == ErrorCode::unavailable && last.message.find(':') == std::string::npos) {
            last.message += ": " + connection.error().message;
        }
    }
    if (offline == Offline::fails || !place.socket.empty()) {
        return tl::unexpected(Error{ErrorCode::unavailable, last.message});
    }
    const auto directory = state_directory(place.state);
    if (!directory) return tl::unexpected(directory.error());
    auto ledger = SqliteLedger::open(*directory);
    if (!ledger) return tl::unexpected(std::move(ledger).error());
    impl->offline = std::make_unique<OfflineApi>(*directory, std::move(*ledger));
    return ApiLink(std::move(impl));
}

bool ApiLink::is_offline() const { return impl_->offline != nullptr; }

const std::filesystem::path& ApiLink::directory() const {
    return impl_->offline ? impl_->offline->directory() : impl_->none;
}

Result<client::Answer> ApiLink::ask(client::Question question, Patience patience) {
    if (question.method == "POST") {
        if (std::string key = random_key(); !key.empty()) {
            question.headers.emplace_back("Idempotency-Key", std::move(key));
        }
    }
    if (impl_->offline) return impl_->offline->ask(question);
    for (int attempt = 1;; ++attempt) {
        if (!impl_->connection) {
            auto again = client::Connection::open(impl_->socket, usual_patience);
            if (!again) return tl::unexpected(std::move(again).error());
            impl_->connection.emplace(std::move(*again));
        }
        auto answer = impl_->connection->ask(question, patience);
        // One that was closed meanwhile, or lost: with its key the request may be repeated.
        const bool is_lost = !answer && answer.error().code == ErrorCode::io_error;
        if (!is_lost || attempt == tries) return answer;
        impl_->connection.reset();
    }
}

}  // namespace quantum::cli
