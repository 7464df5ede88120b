#include "cli/known_jobs.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "quantum/job.hpp"
#include "quantum/storage/sqlite.hpp"

#include "cli/state_directory.hpp"
#include "daemon/known_jobs.hpp"

namespace quantum::cli {
namespace {

struct LedgerToAsk {
    std::string state;
    bool is_opened = false;
    std::unique_ptr<SqliteLedger> ledger{};

    std::optional<Job> find(const std::string& name) {
        if (!is_opened) {
            is_opened = true;
            if (auto opened = open_ledger(state)) ledger = std::move(*opened);
        }
        if (!ledger) return std::nullopt;
        return daemon::known_in(*ledger)(name);
    }
};

}  // namespace

config::KnownJobs known_jobs(const std::string& state) {
    return [asked = std::make_shared<LedgerToAsk>(LedgerToAsk{state})](const std::string& name) {
        return asked->find(name);
    };
}

}  // namespace quantum::cli
