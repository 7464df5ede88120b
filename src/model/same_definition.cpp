#include "model/same_definition.hpp"

#include <optional>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "model/job_parts.hpp"
#include "model/mutant.hpp"
#include "model/packed_command.hpp"

namespace quantum::model {
namespace {

using Definition = JobParts::Definition;

// The instant that a job due once was asked for, also where that was over and it ran at once.
std::optional<WallTime> asked_instant(const Definition& job) {
    return job.asked_for && !mutated(ModelMutant::asked_instant_forgotten)
               ? job.asked_for
               : job.schedule->once_at();
}

// Anchors are the scheduler's to give and to keep.
bool same_schedule(const Definition& a, const Definition& b) {
    if (!a.schedule || !b.schedule) {
        return a.schedule.has_value() == b.schedule.has_value();
    }
    if (a.schedule->once_at() && b.schedule->once_at()) {
        return asked_instant(a) == asked_instant(b);
    }
    return a.schedule->text() == b.schedule->text() &&
           a.schedule->dialect() == b.schedule->dialect() &&
           (mutated(ModelMutant::text_is_all_of_a_schedule) ||
            a.schedule->anchored_at(mutated(ModelMutant::anchor_is_a_difference)
                                        ? a.schedule->anchor()
                                        : b.schedule->anchor()) == *b.schedule);
}

bool same_task(const Task& a, const Task& b) {
    if (a.kind() != b.kind()) {
        return false;
    }
    if (const auto command = CommandView::of(a)) return *command == *CommandView::of(b);
    if (const HttpRequest* request = request_of(a)) {
        return *request == *request_of(b);
    }
    if (const HandlerCall* call = handler_of(a)) {
        return *call == *handler_of(b);
    }
    return a.kind() == TaskKind::none;
}

}  // namespace

bool same_definition(const Job& job, const Job& other) {
    return same_task(job.task(), other.task()) && same_definition_but_task(job, other);
}

bool same_definition_but_task(const Job& job, const Job& other) {
    const Definition a = JobParts::definition(job);
    const Definition b = JobParts::definition(other);
    return a.name == b.name &&
           (a.policies == b.policies || mutated(ModelMutant::policies_are_no_difference)) &&
           (a.run_strategy == b.run_strategy || mutated(ModelMutant::strategy_is_no_difference)) &&
           same_schedule(a, b);
}

}  // namespace quantum::model
