#pragma once

#include <memory>
#include <span>
#include <string>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"

#include "run/output/output_options.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

struct HttpRunnerOptions {
    OutputOptions output{};  ///< the body of the response is the run's output
    /// The directory of the secrets named by requests.
    std::string secrets_directory{};
};

/// Runs HttpRequest tasks on the event loop; `quantum/http.hpp` says how.
///
/// A run that is told to end, by either signal, closes its connection and finishes at once as
/// `killed`; what the server does with the request is up to the server.
///
/// Thread-safety: that of Runner. The observer is called on the loop's threads, for one event at a
/// time. The loop and the clock must outlive it. Must be destroyed on the loop's only thread, or
/// after the loop has stopped: requests in progress are then aborted and reported.
class HttpRunner final : public Runner {
public:
    HttpRunner(base::EventLoop& loop, Clock& clock, HttpRunnerOptions options = {});
    ~HttpRunner() override;
    HttpRunner(const HttpRunner&) = delete;
    HttpRunner& operator=(const HttpRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum::run
