#include "daemon/control_face.hpp"

#include <utility>

#include <unistd.h>

#include "server/http/control_server.hpp"

namespace quantum::daemon {

ControlFace::ControlFace() = default;

ControlFace::~ControlFace() { close(); }

Status ControlFace::open(const ControlEngine::Parts& parts, const server::ControlOptions& options,
                         const std::string& node, const std::string& zone_data) {
    server::EngineFacts facts;
    facts.version = QUANTUM_VERSION;
    facts.node = node;
    facts.zone_data = zone_data;
    facts.pid = getpid();
    facts.started = parts.clock.wall_now();
    server::ControlOptions place = options;
    if (parts.state != nullptr) {
        facts.state_directory = parts.state->directory().string();
        place.state = parts.state->directory();
        if (place.directory.empty()) place.directory = place.state;
    }
    engine_.emplace(parts, std::move(facts));
    auto opened = server::ControlServer::open(place, *engine_);
    if (!opened) return tl::unexpected(std::move(opened).error());
    server_ = std::move(*opened);
    scheduler_ = &parts.scheduler;
    listener_ = scheduler_->attach([this](const TelemetryEvent& event) { server_->tell(event); },
                                   server::Feed::kinds());
    return {};
}

void ControlFace::close() {
    if (server_ == nullptr) return;
    scheduler_->detach(listener_);
    server_.reset();
}

void ControlFace::allow(run::AllowedAccounts accounts) {
    if (engine_) engine_->allow(std::move(accounts));
}

void ControlFace::begin_drain() {
    if (engine_) engine_->begin_drain();
}

}  // namespace quantum::daemon
