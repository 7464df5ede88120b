#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "quantum/result.hpp"

namespace quantum::run {

/// Looks up the addresses of host names on at most four threads, because the system's resolver
/// blocks (for half a minute if no name server responds) and cannot be interrupted.
///
/// Threads start with the first names and end when there are no more; their signals are blocked.
/// Thread-safety: every method may be called from any thread.
class NameLookups {
public:
    using Addresses = Result<std::vector<boost::asio::ip::address>>;
    /// Called on another thread, where it must only pass on the result.
    using Done = std::function<void(Addresses)>;

    NameLookups();
    /// Stops.
    ~NameLookups();
    NameLookups(const NameLookups&) = delete;
    NameLookups& operator=(const NameLookups&) = delete;

    /// Looks up `name`, unless `wanted` has been destroyed by then; `done` is then never called.
    /// Errors, passed to `done`: `unavailable` with the resolver's message.
    void find(std::string name, std::weak_ptr<void> wanted, Done done);

    /// After this, `done` is not called again. Does not wait for the resolver.
    void stop();

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace quantum::run
