#include "model/literal_schedule.hpp"

#include <utility>

namespace quantum::model {

Result<Schedule> schedule_of(const CronExpression& literal, const ScheduleOptions& options) {
    auto made = Schedule::of(literal, options.zone, options.dst);
    if (!made || !options.days) return made;
    auto again = parse_schedule(made->text(), {.dialect = made->dialect(),
                                               .zone = options.zone,
                                               .name = options.name,
                                               .dst = options.dst,
                                               .days = options.days});
    if (!again) return tl::unexpected(again.error().to_error());
    return *std::move(again);
}

}  // namespace quantum::model
