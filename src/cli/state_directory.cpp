#include "cli/state_directory.hpp"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "config/account.hpp"

namespace quantum::cli {
namespace {

std::string variable(const char* name) {
    const char* const value =
        std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return value == nullptr ? std::string() : value;
}

}  // namespace

Result<std::filesystem::path> state_directory(const std::string& asked) {
    if (!asked.empty()) return asked;
    if (std::string own = variable("QUANTUM_STATE"); !own.empty()) return own;
    // Several directories of a service stand there with colons between; the first is meant.
    if (const std::string given = variable("STATE_DIRECTORY"); !given.empty()) {
        return given.substr(0, given.find(':'));
    }
    // The specification says that a relative path is to be ignored.
    if (const std::string given = variable("XDG_STATE_HOME"); given.starts_with('/')) {
        return std::filesystem::path(given) / "quantum";
    }
    if (geteuid() == 0) return "/var/lib/quantum";
    std::string home = variable("HOME");
    if (home.empty()) home = config::own_account().home;
    if (!home.starts_with('/')) {
        return fail(ErrorCode::invalid_argument,
                    "there is no home directory for the state directory; set one with --state");
    }
    return std::filesystem::path(home) / ".local/state/quantum";
}

Result<std::unique_ptr<SqliteLedger>> open_ledger(const std::string& asked) {
    const auto place = state_directory(asked);
    if (!place) return tl::unexpected(place.error());
    return SqliteLedger::open(*place);
}

}  // namespace quantum::cli
