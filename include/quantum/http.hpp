#pragma once

#include <string>

#include "quantum/http_request.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

namespace quantum {

struct HttpOptions {
    /// Where the secrets are that requests name (`HttpRequest::secret_headers`). Each belongs to
    /// root or to the program's user, and nobody else can write or (but for its group) read it.
    std::string secrets_directory{};
};

/// The component `quantum::http`: runs jobs whose task is an HttpRequest.
///
///     quantum::SchedulerConfig config;
///     config.http = quantum::http_runner();
///     quantum::Scheduler scheduler(std::move(config));
///
/// A request has succeeded when its whole answer came and its status is expected. The body of the
/// answer is the run's output, line by line; `Outcome::result` is the status ("200 OK").
///
/// Certificates and host names are verified, always. Each connection is made for one request to an
/// address that was looked up and checked: a redirect to this machine or to a link-local address is
/// refused whatever its name says, unless the request allows it. Another origin (scheme, host or
/// port) that a redirect leads to gets none of the request's headers but Accept, Accept-Language,
/// Content-Type and User-Agent, and never a secret; a redirect that would hand the body on to it,
/// or lead from https to http, is refused. Proxies of the environment are not used.
///
/// All requests wait on the scheduler's event loop; names are looked up on four threads at most.
[[nodiscard]] RunnerFactory http_runner(HttpOptions options = {});

}  // namespace quantum
