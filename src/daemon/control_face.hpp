#pragma once

#include <memory>
#include <optional>
#include <string>

#include "quantum/result.hpp"
#include "quantum/telemetry.hpp"

#include "daemon/control_engine.hpp"
#include "run/process/identity.hpp"
#include "server/http/control_options.hpp"

namespace quantum::server {
class ControlServer;
}  // namespace quantum::server

namespace quantum::daemon {

/// The control API of a daemon, from when it is opened until it is closed; until then, and if it
/// could not be opened, nothing happens.
///
/// Thread-safety: used by the daemon's main thread.
class ControlFace {
public:
    ControlFace();
    /// Closes it.
    ~ControlFace();
    ControlFace(const ControlFace&) = delete;
    ControlFace& operator=(const ControlFace&) = delete;

    /// The parts must live until it is closed. Errors: those of `ControlServer::open`.
    [[nodiscard]] Status open(const ControlEngine::Parts& parts,
                              const server::ControlOptions& options, const std::string& node,
                              const std::string& zone_data);
    /// Before the scheduler goes.
    void close();

    /// Whom jobs may run as, from now on.
    void allow(run::AllowedAccounts accounts);
    void begin_drain();

private:
    std::optional<ControlEngine> engine_;
    std::unique_ptr<server::ControlServer> server_;
    Scheduler* scheduler_ = nullptr;
    ListenerId listener_{};
};

}  // namespace quantum::daemon
