#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "quantum/result.hpp"

#include "client/connection.hpp"

namespace quantum::cli {

/// Where a daemon is looked for.
struct ApiPlace {
    std::string socket{};  ///< its socket; empty: $QUANTUM_SOCKET, or in the state directory
    std::string state{};   ///< the state directory; empty: the usual place
};

/// What is to be done where no daemon runs.
enum class Offline : unsigned char {
    fails,          ///< exit code 4
    reads_ledger,   ///< what is recorded is shown
    writes_ledger,  ///< and pauses are stored there
};

/// The control API of a daemon, or where none runs that of its ledger, in this process.
///
/// Not thread-safe.
class ApiLink {
public:
    using Patience = std::chrono::milliseconds;
    static constexpr Patience usual_patience = std::chrono::seconds(40);

    /// Errors: `unavailable` (no daemon runs, and the ledger is not asked), those of the ledger.
    [[nodiscard]] static Result<ApiLink> open(const ApiPlace& place, Offline offline);
    ApiLink(ApiLink&&) noexcept;
    ApiLink& operator=(ApiLink&&) = delete;
    ~ApiLink();

    /// Sends a request; one that changes something gets a key, and is sent again with it if the
    /// answer is lost. Errors: those of `Connection::ask`.
    [[nodiscard]] Result<client::Answer> ask(client::Question question,
                                             Patience patience = usual_patience);

    [[nodiscard]] bool is_offline() const;
    /// Of the ledger, if this is offline.
    [[nodiscard]] const std::filesystem::path& directory() const;

private:
    struct Impl;
    explicit ApiLink(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The sockets where a daemon may be, in the order in which they are tried.
[[nodiscard]] std::vector<std::filesystem::path> socket_paths(const ApiPlace& place);

}  // namespace quantum::cli
