#include "scheduler/default_parts.hpp"

#include <exception>
#include <string>
#include <utility>

#include "run/default_runner.hpp"

namespace quantum::scheduler {

Result<std::unique_ptr<DefaultParts>> DefaultParts::make(const SchedulerConfig& config,
                                                         const Handlers& handlers) {
    std::unique_ptr<DefaultParts> parts(new DefaultParts());
    auto clock = base::SystemClock::create(parts->loop_);
    if (!clock) return tl::unexpected(std::move(clock).error());
    parts->clock_ = std::move(*clock);
    parts->runtime_.emplace(parts->loop_, 1);
    if (Status made = parts->make_runner(config, handlers); !made) {
        return tl::unexpected(std::move(made).error());
    }
    parts->loop_.start(1);
    return parts;
}

Status DefaultParts::make_runner(const SchedulerConfig& config, const Handlers& handlers) {
    run::DefaultRunnerOptions options;
    options.functions = {config.function_threads, config.handlers, config.output};
    options.output = config.output;
    options.node = config.node;
    options.http = config.http;
    runner_ = run::make_default_runner(loop_, *clock_, std::move(options));
    for (const auto& [name, handler] : handlers) runner_->add_handler(name, handler);
    if (!config.wrap_runner) return {};
    try {
        runner_ = config.wrap_runner(std::move(runner_), *clock_);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::invalid_argument, std::string("wrap_runner: ") + thrown.what());
    }
    if (!runner_) return fail(ErrorCode::invalid_argument, "wrap_runner: returned no runner");
    return {};
}

DefaultParts::~DefaultParts() { loop_.stop(); }

}  // namespace quantum::scheduler
