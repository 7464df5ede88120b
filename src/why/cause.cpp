#include "why/cause.hpp"

namespace quantum::why {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::ran:
            return "ran";
        case Code::ran_late:
            return "ran_late";
        case Code::failed:
            return "failed";
        case Code::timed_out:
            return "timed_out";
        case Code::killed:
            return "killed";
        case Code::not_started:
            return "not_started";
        case Code::lost:
            return "lost";
        case Code::running:
            return "running";
        case Code::stuck:
            return "stuck";
        case Code::claimed:
            return "claimed";
        case Code::coalesced:
            return "coalesced";
        case Code::skipped_overlap:
            return "skipped.overlap";
        case Code::skipped_misfire:
            return "skipped.misfire";
        case Code::skipped_paused:
            return "skipped.paused";
        case Code::skipped_dst_gap:
            return "skipped.dst_gap";
        case Code::skipped_node_down:
            return "skipped.node_down";
        case Code::skipped_concurrency:
            return "skipped.concurrency";
        case Code::skipped_excluded:
            return "skipped.excluded";
        case Code::skipped_superseded:
            return "skipped.superseded";
        case Code::skipped_unbound:
            return "skipped.unbound";
        case Code::not_due_field:
            return "not_due.field";
        case Code::not_due_dst:
            return "not_due.dst";
        case Code::not_due_window:
            return "not_due.window";
        case Code::not_due_except:
            return "not_due.except";
        case Code::not_due_inactive:
            return "not_due.inactive";
        case Code::not_due_finished:
            return "not_due.finished";
        case Code::not_due_reboot:
            return "not_due.reboot";
        case Code::not_due_manual:
            return "not_due.manual";
        case Code::no_such_job_then:
            return "no_such_job_then";
        case Code::down:
            return "down";
        case Code::undecided:
            return "undecided";
        case Code::clock:
            return "clock";
        case Code::will_run:
            return "will_run";
        case Code::will_not:
            return "will_not";
        case Code::never:
            return "never";
        case Code::too_old:
            return "too_old";
        case Code::broken:
            return "broken";
    }
    return "unknown";
}

std::string_view to_string(Row::Kind kind) {
    switch (kind) {
        case Row::Kind::entry:
            return "entry";
        case Row::Kind::revision:
            return "revision";
        case Row::Kind::note:
            return "note";
        case Row::Kind::clock_step:
            return "clock_step";
        case Row::Kind::watermark:
            return "watermark";
        case Row::Kind::retention:
            return "retention";
        case Row::Kind::holder:
            return "holder";
        case Row::Kind::engine:
            return "engine";
    }
    return "unknown";
}

}  // namespace quantum::why
