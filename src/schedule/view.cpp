#include "schedule/view.hpp"

#include <string_view>

namespace quantum::schedule {

bool ScheduleView::share(Schedule& schedule, const Schedule& other) {
    const Rule& a = *schedule.rule_;
    const Rule& b = *other.rule_;
    if (&a == &b) return true;
    if (std::string_view(a.text) != std::string_view(b.text) || a.dialect != b.dialect)
        return false;
    Schedule moved = other;
    moved.anchor_ = schedule.anchor_;
    if (!(moved == schedule)) return false;
    schedule.rule_ = other.rule_;
    return true;
}

}  // namespace quantum::schedule
