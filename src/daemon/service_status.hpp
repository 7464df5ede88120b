#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "quantum/clock.hpp"

#include "daemon/main_source.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// Keeps the line that `systemctl status` shows up to date: at most one in 5 s, and where finding
/// out what to say takes long, so seldom that it takes a fiftieth of the time.
///
/// Thread-safety: `note` may be called from any thread, the rest belongs to the main thread.
class ServiceStatus final : public MainSource {
public:
    /// `describe`: what is to be said.
    ServiceStatus(const ServiceManager& manager, const Clock& clock, WakeupFd& wakeup,
                  std::function<std::string()> describe);

    /// From here on `describe` may be called: the scheduler answers.
    void begin();
    /// Something has changed: a run has started or ended, files were reloaded.
    void note();

    [[nodiscard]] int timeout_ms(BootTime now, int otherwise) const override;
    void look(BootTime now) override;

private:
    const ServiceManager& manager_;
    const Clock& clock_;
    WakeupFd& wakeup_;
    const std::function<std::string()> describe_;
    std::atomic<bool> has_begun_ = false;
    std::atomic<bool> has_changed_ = false;
    std::string said_;
    std::optional<BootTime> not_before_;
};

}  // namespace quantum::daemon
