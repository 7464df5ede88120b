#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"
#include "daemon/crontab_protocol.hpp"
#include "daemon/logger.hpp"
#include "daemon/user_crontabs.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// Where ordinary users read, replace and remove their own crontabs: a socket that everybody may
/// connect to. It knows nothing else, and no crontab but that of the user whom the kernel names as
/// the peer (SO_PEERCRED). A thread of its own answers.
///
/// Nobody can hinder others for long: at most 4 connections of a user and 64 in all, 10 s for each,
/// and 10 changes a minute by one user.
///
/// Thread-safety: made and destroyed by one thread.
class CrontabSocket {
public:
    /// Called on its thread when a user has changed his crontab: who, and the path of the file.
    using Changed = std::function<void(const config::Account& user, const std::string& path)>;

    /// In place of a socket that an earlier life left; of root's daemon only. Makes the socket's
    /// directory if it is missing. Errors: `io_error`.
    [[nodiscard]] static Result<std::unique_ptr<CrontabSocket>> open(
        const std::filesystem::path& path, UserCrontabOptions options, const Clock& clock,
        Logger& logger, Changed changed);
    ~CrontabSocket();
    CrontabSocket(const CrontabSocket&) = delete;
    CrontabSocket& operator=(const CrontabSocket&) = delete;

private:
    struct Peer;
    struct Changes;

    CrontabSocket(base::FileDescriptor directory, std::string name, base::FileDescriptor listener,
                  UserCrontabOptions options, const Clock& clock, Logger& logger, Changed changed);
    void serve();
    void drop_peers();
    void accept_peers();
    void read_from(Peer& peer);
    void write_to(Peer& peer);
    [[nodiscard]] CrontabAnswer answer(const Peer& peer, CrontabRequest request);
    [[nodiscard]] CrontabAnswer change(const config::Account& user, CrontabRequest request);
    [[nodiscard]] bool may_change(uid_t user);
    void log_change(const config::Account& user, const CrontabRequest& request,
                    const CrontabAnswer& answer);

    const base::FileDescriptor directory_;
    const std::string name_;
    const base::FileDescriptor listener_;
    UserCrontabs crontabs_;
    const Clock& clock_;
    Logger& logger_;
    const Changed changed_;
    std::vector<Peer> peers_;
    std::vector<Changes> changes_;  // by users, of the last minute
    WakeupFd stop_;
    std::thread thread_;
};

}  // namespace quantum::daemon
