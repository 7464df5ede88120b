#include "quantum/scheduler_config.hpp"

#include <limits>

#include "quantum/storage/noop_storage.hpp"

namespace quantum {

SchedulerConfig SchedulerConfig::elixir_compatible() {
    SchedulerConfig config;
    config.defaults.dialect = Dialect::quantum;
    config.defaults.overlap = Overlap::allow;
    config.defaults.misfire = Misfire::all;
    config.defaults.misfire_cap = std::numeric_limits<std::uint32_t>::max();
    config.defaults.grace = Duration::max();
    config.defaults.run_strategy = std::make_shared<RandomStrategy>();
    config.catch_up_jobs = true;
    config.skip_invalid_jobs = true;
    config.concurrency = 50;
    config.storage = std::make_shared<NoopStorage>();
    return config;
}

}  // namespace quantum
