#pragma once

#include <filesystem>
#include <memory>

#include "quantum/storage/sqlite.hpp"

#include "cli/ledger_engine.hpp"
#include "client/connection.hpp"
#include "server/api.hpp"
#include "server/inline_loop.hpp"

namespace quantum::cli {

/// The API over a ledger, in the command's own process.
class OfflineApi {
public:
    OfflineApi(std::filesystem::path directory, std::unique_ptr<SqliteLedger> ledger);

    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    [[nodiscard]] client::Answer ask(const client::Question& question);

private:
    const std::filesystem::path directory_;
    LedgerEngine engine_;
    const std::shared_ptr<server::InlineLoop> loop_;
    server::Api api_;
};

}  // namespace quantum::cli
