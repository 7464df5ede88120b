#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::stage {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class StageMutant : std::uint8_t {
    none,
    reply_survives_crash,       ///< a reply of a handler that crashed is sent
    old_timeout_counts,         ///< a time-out that a message forestalled still counts
    killed_says_goodbye,        ///< a killed stage is told of its end
    watchers_not_told,          ///< whoever watches a stage is not told of its end
    messages_dropped_at_end,    ///< what waits in a closed mailbox gets no refusal
    demonitor_forgets_all,      ///< ending one watch ends all
    first_reason_lost,          ///< the last reason to stop counts
    transient_always_again,     ///< a transient child that ended well is started again
    one_restart_too_many,       ///< one restart more than allowed
    restarts_never_forgotten,   ///< restarts count though their period is over
    rest_for_one_forgets_rest,  ///< `rest_for_one` restarts the one only
    started_in_reverse,         ///< children that were stopped together start last first
    late_child_kept,            ///< the shutdown waits for a child that does not end in time
    exit_during_restart_lost,   ///< a child that ends while others are restarted stays ended
    stop_hits_next_life,        ///< a stop message finds a child in its next life
    stopped_child_comes_back,   ///< `one_for_all` starts a child that was stopped by hand
    temporary_child_kept,       ///< a temporary child that ended stays in the list
    failed_restart_given_up,    ///< a child that does not start again at once is left
    starts_while_closing,       ///< a stage starts while the system shuts down
    name_not_given_back,        ///< the name of a stage that ended stays taken
    type_not_asked,             ///< a stage is found under a name though it is of another type
    dropped_request_hangs,      ///< a request that is dropped is never answered
    waits_for_itself,           ///< a stage may wait for itself
    clock_keeps_the_deadline,   ///< a waiting thread does not keep its deadline itself
    no_time_is_some_time,       ///< a call without any time waits for what answers quickly
    min_may_be_max,             ///< `min_demand` may be `max_demand`
    last_reply_too_early,       ///< the reply of a stage that stops leaves before `terminate`
    reply_now_waits,            ///< a reply that is to leave at once waits for its handler
};

}  // namespace quantum::stage
