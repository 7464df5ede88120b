#include "daemon/service_status.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr Duration between = std::chrono::seconds(5);
constexpr int share = 50;

}  // namespace

ServiceStatus::ServiceStatus(const ServiceManager& manager, const Clock& clock, WakeupFd& wakeup,
                             std::function<std::string()> describe)
    : manager_(manager), clock_(clock), wakeup_(wakeup), describe_(std::move(describe)) {}

void ServiceStatus::begin() {
    if (!has_begun_.exchange(true)) note();
}

void ServiceStatus::note() {
    if (!manager_.is_there() || !has_begun_.load() || has_changed_.exchange(true)) return;
    wakeup_.ring();
}

int ServiceStatus::timeout_ms(BootTime now, int otherwise) const {
    if (!has_changed_.load() || !not_before_) return otherwise;
    return timeout_until(*not_before_, now, otherwise);
}

void ServiceStatus::look(BootTime now) {
    const bool is_early =
        not_before_ && now < *not_before_ && !mutated(DaemonMutant::each_status_told);
    if (is_early || !has_changed_.exchange(false)) return;
    std::string text = describe_();
    const Duration taken = clock_.boot_now() - now;
    not_before_ = now + std::max(between, taken * share);
    if (text == said_) return;
    manager_.tell_status(text);
    said_ = std::move(text);
}

}  // namespace quantum::daemon
