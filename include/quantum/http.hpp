#pragma once

#include <string>

#include "quantum/http_request.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

namespace quantum {

struct HttpOptions {
    /// The directory of the secrets named by requests (`HttpRequest::secret_headers`). Each must be
    /// owned by root or the program's user, must not be writable by anyone else, and must not be
    /// readable by anyone else except its group.
    std::string secrets_directory{};
};

/// The component `quantum::http`: runs jobs whose task is an HttpRequest.
///
///     quantum::SchedulerConfig config;
///     config.http = quantum::http_runner();
///     quantum::Scheduler scheduler(std::move(config));
///
/// A request succeeds if the complete response was received and its status is expected. The body of
/// the response is the run's output, line by line, and kept if `SchedulerConfig::output` is set;
/// `Outcome::result` is the status ("200 OK").
///
/// Certificates and host names are always verified. Each connection serves one request and is made
/// to an address that was looked up and checked: a redirect to this machine or to a link-local
/// address is rejected, whatever its name, unless the request allows it. If a redirect leads to
/// another origin (scheme, host or port), only the headers Accept, Accept-Language, Content-Type
/// and User-Agent are sent there, and never a secret; a redirect that would send the body there, or
/// that leads from https to http, is rejected. Proxy settings in the environment are ignored.
///
/// All requests run on the scheduler's event loop; names are looked up on at most four threads.
[[nodiscard]] RunnerFactory http_runner(HttpOptions options = {});

}  // namespace quantum
