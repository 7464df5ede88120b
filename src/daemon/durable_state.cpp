#include "daemon/durable_state.hpp"

#include <fstream>
#include <string>
#include <utility>

#include <unistd.h>

namespace quantum::daemon {
namespace {

// Empty where it cannot be told one boot from the next.
std::string boot_of_machine() {
    if (getpid() == 1) return {};
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    return boot;
}

}  // namespace

Result<std::unique_ptr<DurableState>> DurableState::open(const std::filesystem::path& directory,
                                                         bool new_ledger) {
    std::string boot = boot_of_machine();
    auto storage = SqliteStorage::open(directory, {.boot = boot, .new_ledger = new_ledger});
    if (!storage) return tl::unexpected(std::move(storage).error());
    return std::unique_ptr<DurableState>(
        new DurableState(directory, std::move(*storage), std::move(boot)));
}

DurableState::DurableState(std::filesystem::path directory, std::unique_ptr<SqliteStorage> storage,
                           std::string boot)
    : directory_(std::move(directory)),
      storage_(std::move(storage)),
      boot_(std::move(boot)),
      runtime_(loop_, 1) {
    loop_.start(1);
}

DurableState::~DurableState() { loop_.stop(); }

bool DurableState::is_first_since_boot() const {
    return boot_.empty() || storage_->earlier_boot() != boot_;
}

}  // namespace quantum::daemon
