#include "quantum/job_problem.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum {

std::string_view to_string(EntryState state) {
    switch (state) {
        case EntryState::claimed:
            return "claimed";
        case EntryState::started:
            return "started";
        case EntryState::succeeded:
            return "succeeded";
        case EntryState::failed:
            return "failed";
        case EntryState::timed_out:
            return "timed_out";
        case EntryState::killed:
            return "killed";
        case EntryState::lost:
            return "lost";
        case EntryState::coalesced:
            return "coalesced";
        case EntryState::skipped:
            return "skipped";
    }
    return "unknown";
}

std::string_view to_string(ProblemKind kind) {
    switch (kind) {
        case ProblemKind::unbound:
            return "unbound";
        case ProblemKind::no_due_time:
            return "no_due_time";
        case ProblemKind::stuck:
            return "stuck";
    }
    return "unknown";
}

std::string_view to_string(SkipReason reason) {
    switch (reason) {
        case SkipReason::none:
            return "none";
        case SkipReason::overlap:
            return "overlap";
        case SkipReason::misfire:
            return "misfire";
        case SkipReason::paused:
            return "paused";
        case SkipReason::dst_gap:
            return "dst_gap";
        case SkipReason::node_down:
            return "node_down";
        case SkipReason::concurrency:
            return "concurrency";
        case SkipReason::excluded:
            return "excluded";
        case SkipReason::superseded:
            return "superseded";
        case SkipReason::unbound:
            return "unbound";
    }
    return "unknown";
}

}  // namespace quantum
