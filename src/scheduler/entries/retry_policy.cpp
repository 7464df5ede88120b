#include "scheduler/entries/retry_policy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

std::uint64_t mixed(std::uint64_t hash) {
    hash = (hash ^ (hash >> 30U)) * 0xBF58'476D'1CE4'E5B9;
    hash = (hash ^ (hash >> 27U)) * 0x94D0'49BB'1331'11EB;
    return hash ^ (hash >> 31U);
}

std::uint64_t add_byte(std::uint64_t hash, std::uint8_t byte) {
    return (hash ^ byte) * 0x0000'0100'0000'01B3;
}

constexpr std::uint64_t basis = 0xCBF2'9CE4'8422'2325;

// Whatever a job says: a run that fails at once would write the ledger and the log full.
constexpr Duration shortest_backoff = std::chrono::milliseconds(100);

// From 0 up to 1, exclusive.
double drawn(const ExecutionId& id, std::uint32_t attempt) {
    std::uint64_t hash = basis ^ attempt;
    for (const std::uint8_t byte : id.bytes) hash = add_byte(hash, byte);
    return static_cast<double>(mixed(hash) >> 11U) * 0x1p-53;
}

}  // namespace

Duration backoff_after(const Backoff& backoff, std::uint32_t attempt, const ExecutionId& id) {
    const auto longest = static_cast<double>(backoff.longest.count());
    double delay = static_cast<double>(backoff.first.count()) *
                   std::pow(backoff.factor, static_cast<double>(attempt) - 1);
    if (!mutated(SchedulerMutant::backoff_without_end))
        delay = std::min(delay, longest);  // also what is infinite
    delay -= delay * backoff.jitter * drawn(id, attempt);
    constexpr std::int64_t most_ticks = std::numeric_limits<std::int64_t>::max() / 4;
    constexpr auto most = static_cast<double>(most_ticks);
    const Duration drawn_delay(static_cast<std::int64_t>(std::min(delay, most)));
    if (mutated(SchedulerMutant::retries_at_once)) return drawn_delay;
    return std::max(drawn_delay, shortest_backoff);
}

std::optional<WallTime> next_attempt(const JobPolicies& policies, const AttemptEnd& end) {
    const bool lost = end.kind == OutcomeKind::lost;
    if (lost && policies.on_lost != OnLost::rerun) return std::nullopt;
    if (!lost) {
        // What was told to end is not begun again.
        const bool failed = mutated(SchedulerMutant::killed_is_tried_again) ||
                            end.kind == OutcomeKind::failed || end.kind == OutcomeKind::timed_out;
        if (!failed ||
            end.attempt > policies.retries + (mutated(SchedulerMutant::one_retry_more) ? 1 : 0))
            return std::nullopt;
    }
    const WallTime at = end.ended_at + backoff_after(policies.backoff, end.attempt, end.id);
    const bool past_next =
        end.next_due &&
        (mutated(SchedulerMutant::retry_at_next_due) ? at > *end.next_due : at >= *end.next_due);
    if (!lost && past_next && !policies.retry_past_next) return std::nullopt;
    return at;
}

Duration jitter_of(std::string_view job, Duration longest) {
    if (longest <= Duration::zero()) return Duration::zero();
    std::uint64_t hash = basis;
    for (const char c : job) hash = add_byte(hash, static_cast<std::uint8_t>(c));
    const auto range = static_cast<std::uint64_t>(longest.count()) + 1;
    return Duration(static_cast<std::int64_t>(mixed(hash) % range));
}

}  // namespace quantum::scheduler
