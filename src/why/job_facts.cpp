#include "why/job_facts.hpp"

#include <algorithm>
#include <utility>

#include "why/mutant.hpp"

namespace quantum::why {
namespace {

/// A small storage adapter may leave some of it out.
template <class Value>
Result<Value> or_nothing(Result<Value> found) {
    if (found || found.error().code != ErrorCode::unavailable) return found;
    return Value();
}

}  // namespace

Result<JobFacts> JobFacts::read(const Ledger& ledger, std::string job, WallTime from,
                                WallTime until) {
    JobFacts facts;
    auto revisions = ledger.revisions_around(job, from, until);
    if (!revisions) return tl::unexpected(std::move(revisions).error());
    if (revisions->empty()) return fail(ErrorCode::not_found, "no job '" + job + "'");
    facts.revisions_ = std::move(*revisions);
    auto entries = ledger.entries_about(job, from, until);
    if (!entries) return tl::unexpected(std::move(entries).error());
    facts.entries_ = std::move(*entries);
    auto steps = or_nothing(ledger.clock_steps());
    if (!steps) return tl::unexpected(std::move(steps).error());
    facts.steps_ = std::move(*steps);
    auto bounds = or_nothing(ledger.bounds());
    if (!bounds) return tl::unexpected(std::move(bounds).error());
    facts.bounds_ = *bounds;
    facts.job_ = std::move(job);
    return facts;
}

const JobRevision* JobFacts::in_force(WallTime instant) const {
    if (mutated(WhyMutant::newest_definition_counts)) {
        return revisions_.back().until ? nullptr : &revisions_.back();
    }
    const auto found =
        std::find_if(revisions_.rbegin(), revisions_.rend(), [instant](const JobRevision& one) {
            return one.stored.effective_from <= instant && (!one.until || instant < *one.until);
        });
    return found == revisions_.rend() ? nullptr : &*found;
}

const JobRevision* JobFacts::that_decided(const Entry& entry) const {
    // A name that is deleted and added again counts from 1 again.
    const auto found =
        std::find_if(revisions_.rbegin(), revisions_.rend(), [&entry](const JobRevision& one) {
            return one.stored.revision == entry.revision &&
                   one.stored.effective_from <= std::max(entry.claimed_at, entry.due);
        });
    return found == revisions_.rend() ? nullptr : &*found;
}

const JobRevision* JobFacts::after(const JobRevision& revision) const {
    const auto at = static_cast<std::size_t>(&revision - revisions_.data()) + 1;
    return at < revisions_.size() ? &revisions_[at] : nullptr;
}

const JobRevision* JobFacts::before(const JobRevision& revision) const {
    const auto at = static_cast<std::size_t>(&revision - revisions_.data());
    return at > 0 ? &revisions_[at - 1] : nullptr;
}

}  // namespace quantum::why
