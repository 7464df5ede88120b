#include "run/http/http_runner.hpp"

#include <map>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "quantum/http.hpp"
#include "quantum/job.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

#include "base/event_loop.hpp"
#include "run/http/http_run.hpp"
#include "run/http/mutant.hpp"
#include "run/output/kept_output.hpp"

namespace quantum::run {

namespace asio = boost::asio;

struct HttpRunner::Core {
    Core(base::EventLoop& loop, Clock& clock, HttpRunnerOptions options)
        : context(std::make_shared<HttpContext>(asio::make_strand(loop.context()), clock,
                                                std::move(options))) {}

    const std::shared_ptr<HttpContext> context;

    // On the strand only.
    bool closed = false;
    std::map<ExecutionId, std::shared_ptr<HttpRun>> running;

    void start(Execution execution, RunObserver& observer) {
        const bool request = request_of(execution.job->task()) != nullptr;
        if ((closed && !mutated(HttpMutant::runs_after_end)) || !request) {
            Outcome outcome;
            outcome.kind = request ? OutcomeKind::killed : OutcomeKind::failed;
            outcome.reason =
                request ? "terminated before it started" : "the job's task is not an HTTP request";
            observer.finished(execution, std::move(outcome));
            return;
        }
        const ExecutionId id = execution.id;
        auto run = std::make_shared<HttpRun>(
            context, std::move(execution), observer, [this](HttpRun& one) {
                const auto found = running.find(one.execution().id);
                if (found != running.end() && found->second.get() == &one) running.erase(found);
            });
        running.insert_or_assign(id, run);
        run->begin();
    }

    void stop(const ExecutionId& id) {
        const auto found = running.find(id);
        if (found == running.end()) return;
        const auto run = found->second;  // it leaves the map meanwhile
        run->stop();
    }

    void close() {
        closed = true;
        context->lookups.stop();
        context->reads.stop();
        while (!running.empty()) stop(running.begin()->first);
    }
};

HttpRunner::HttpRunner(base::EventLoop& loop, Clock& clock, HttpRunnerOptions options)
    : core_(std::make_shared<Core>(loop, clock, std::move(options))) {}

HttpRunner::~HttpRunner() { core_->close(); }

void HttpRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    asio::post(core_->context->strand,
               [core = core_, batch = std::vector(executions.begin(), executions.end()),
                &observer]() mutable {
                   for (Execution& one : batch) core->start(std::move(one), observer);
               });
}

void HttpRunner::stop(const ExecutionId& execution, StopSignal /*signal*/) {
    asio::post(core_->context->strand, [core = core_, execution] { core->stop(execution); });
}

}  // namespace quantum::run

namespace quantum {

RunnerFactory http_runner(HttpOptions options) {
    return [options = std::move(options)](base::EventLoop& loop, Clock& clock,
                                          const OutputSetting& output) -> std::unique_ptr<Runner> {
        run::HttpRunnerOptions own;
        own.output = run::output_options(output);
        own.output.spool_directory.clear();  // for commands: nobody else looks there after a crash
        own.secrets_directory = options.secrets_directory;
        return std::make_unique<run::HttpRunner>(loop, clock, std::move(own));
    };
}

}  // namespace quantum
