#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "quantum/result.hpp"

namespace quantum {

/// Looks up the addresses of host names on four threads at most: the system's resolver waits, for
/// half a minute where no name server answers, and cannot be told to stop.
///
/// Threads start with the first names and end when there are no more; their signals are blocked.
/// Thread-safety: every method may be called from any thread.
class NameLookups {
public:
    using Addresses = Result<std::vector<boost::asio::ip::address>>;
    /// Called on another thread, where it may only hand over.
    using Done = std::function<void(Addresses)>;

    NameLookups();
    /// Stops.
    ~NameLookups();
    NameLookups(const NameLookups&) = delete;
    NameLookups& operator=(const NameLookups&) = delete;

    /// Looks up `name`, unless `wanted` is gone by then; `done` is then never called. Errors, given
    /// to `done`: `unavailable` with what the resolver says.
    void find(std::string name, std::weak_ptr<void> wanted, Done done);

    /// After this no `done` is called. Does not wait for the resolver.
    void stop();

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace quantum
