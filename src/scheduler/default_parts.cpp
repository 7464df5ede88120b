#include "scheduler/default_parts.hpp"

#include <utility>

namespace quantum::scheduler {

Result<std::unique_ptr<DefaultParts>> DefaultParts::make(const SchedulerConfig& config) {
    std::unique_ptr<DefaultParts> parts(new DefaultParts());
    auto clock = SystemClock::create(parts->loop_);
    if (!clock) return tl::unexpected(std::move(clock).error());
    parts->clock_ = std::move(*clock);
    parts->runtime_.emplace(parts->loop_, 1);
    TaskRunnerOptions options;
    options.functions.handlers = config.handlers;
    options.commands.node = config.node;
    options.http = config.http;
    parts->runner_.emplace(parts->loop_, *parts->clock_, std::move(options));
    parts->loop_.start(1);
    return parts;
}

DefaultParts::~DefaultParts() { loop_.stop(); }

}  // namespace quantum::scheduler
