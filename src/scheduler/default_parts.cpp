#include "scheduler/default_parts.hpp"

#include <utility>

namespace quantum::scheduler {

Result<std::unique_ptr<DefaultParts>> DefaultParts::make(const SchedulerConfig& config,
                                                         const Handlers& handlers) {
    std::unique_ptr<DefaultParts> parts(new DefaultParts());
    auto clock = base::SystemClock::create(parts->loop_);
    if (!clock) return tl::unexpected(std::move(clock).error());
    parts->clock_ = std::move(*clock);
    parts->runtime_.emplace(parts->loop_, 1);
    run::FunctionRunnerOptions functions;
    functions.handlers = config.handlers;
    functions.threads = config.function_threads.kept;
    functions.most_threads = config.function_threads.most;
    functions.patience = config.function_threads.patience;
    functions.idle = config.function_threads.idle;
    parts->runner_.emplace(parts->loop_, *parts->clock_, std::move(functions), config.node,
                           config.http);
    for (const auto& [name, handler] : handlers) parts->add_handler(name, handler);
    parts->loop_.start(1);
    return parts;
}

DefaultParts::~DefaultParts() { loop_.stop(); }

}  // namespace quantum::scheduler
