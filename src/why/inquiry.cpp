#include "why/inquiry.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "quantum/job.hpp"

#include "why/context.hpp"
#include "why/instant.hpp"

namespace quantum::why {
namespace {

const zone::Zone* zone_in(const std::vector<JobRevision>& revisions) {
    for (auto one = revisions.rbegin(); one != revisions.rend(); ++one) {
        const auto& schedule = one->stored.job->schedule();
        if (schedule) return zone::Zone::named(schedule->zone_name());
    }
    return nullptr;
}

/// The facts about a period, and how to tell of them.
struct Known {
    JobFacts facts;
    const zone::Zone* zone;
};

Result<Known> know(const Ledger& ledger, const std::string& job, WallTime from, WallTime until) {
    auto facts = JobFacts::read(ledger, job, from, until);
    if (!facts) return tl::unexpected(std::move(facts).error());
    const zone::Zone* const zone = zone_in(facts->revisions());
    return Known{*std::move(facts), zone};
}

/// The due times in [from, until] and those of other entries there, at most one more than `most`.
std::vector<WallTime> instants_in(const JobFacts& facts, const Asked& asked, std::size_t most) {
    std::set<WallTime> found;
    for (const JobRevision& revision : facts.revisions()) {
        const Job& job = *revision.stored.job;
        if (job.state() != JobState::active || !job.schedule()) continue;
        const WallTime from = std::max(asked.from, revision.stored.effective_from);
        const WallTime until =
            revision.until ? std::min(asked.until, *revision.until - Duration(1)) : asked.until;
        std::size_t count = 0;
        for (auto due = job.schedule()->next(from - Duration(1));
             due && *due <= until && count <= most; due = job.schedule()->next(*due)) {
            found.insert(*due);
            ++count;
        }
    }
    for (const Entry& entry : facts.entries()) {
        if (entry.due >= asked.from && entry.due <= asked.until) found.insert(entry.due);
    }
    std::vector<WallTime> instants(found.begin(), found.end());
    if (instants.size() > most + 1) instants.resize(most + 1);
    return instants;
}

/// The last due time by the newest definitions at or before `now`; none: they had none.
std::optional<WallTime> last_due(const JobFacts& facts, WallTime now) {
    const auto& revisions = facts.revisions();
    for (auto one = revisions.rbegin(); one != revisions.rend(); ++one) {
        const Job& job = *one->stored.job;
        if (job.state() == JobState::inactive || !job.schedule()) continue;
        if (one->stored.effective_from > now) continue;
        const WallTime end =
            one->until ? std::min(*one->until, now + Duration(1)) : now + Duration(1);
        const auto due = job.schedule()->prev(end);
        if (due && *due >= one->stored.effective_from) return due;
    }
    return std::nullopt;
}

Status append(const Context& context, WallTime at, std::vector<Answer>& answers) {
    auto more = Instant(context, at).answers();
    if (!more) return tl::unexpected(std::move(more).error());
    std::move(more->begin(), more->end(), std::back_inserter(answers));
    return {};
}

}  // namespace

const zone::Zone* Inquiry::zone_of(const std::string& job) const {
    const auto revisions = ledger_.revisions_around(job, setting_.now, setting_.now);
    return revisions ? zone_in(*revisions) : nullptr;
}

Result<Answers> Inquiry::about(const std::string& job, const Asked& asked, std::size_t most) const {
    const auto known = know(ledger_, job, asked.from, asked.until);
    if (!known) return tl::unexpected(known.error());
    const Context context{ledger_, setting_, known->facts, Phrases(known->zone, setting_.now)};
    std::vector<WallTime> instants = instants_in(known->facts, asked, most);
    const bool is_gap = asked.missing.has_value();
    if (instants.empty() || is_gap) instants.assign(1, asked.from);
    Answers answers;
    answers.more = instants.size() > most;
    if (answers.more) instants.resize(most);
    for (const WallTime at : instants) {
        auto found = Instant(context, at, asked.missing).answers();
        if (!found) return tl::unexpected(std::move(found).error());
        std::move(found->begin(), found->end(), std::back_inserter(answers.found));
    }
    return answers;
}

Result<Answers> Inquiry::last_and_next(const std::string& job) const {
    const WallTime now = setting_.now;
    auto known = know(ledger_, job, now, now);
    if (!known) return tl::unexpected(std::move(known).error());
    const auto last = last_due(known->facts, now);
    EntryQuery query{.job = job, .until = now + Duration(1), .limit = 1};
    // A run by hand since then, though not any time ago: each hour costs a step.
    if (last) query.from = std::max(*last, now - std::chrono::days(14));
    const auto newest = ledger_.entries(query);
    if (!newest) return tl::unexpected(newest.error());
    std::set<WallTime> wanted;
    if (last) wanted.insert(*last);
    if (!newest->empty() && (wanted.empty() || newest->front().due > *wanted.rbegin())) {
        wanted.insert(newest->front().due);
    }
    const JobRevision* const current = known->facts.in_force(now);
    const Schedule* const schedule = current == nullptr || !current->stored.job->schedule() ||
                                             current->stored.job->state() != JobState::active
                                         ? nullptr
                                         : &*current->stored.job->schedule();
    const auto next = schedule == nullptr ? std::nullopt : schedule->next(now);
    if (next) {
        wanted.insert(*next);
    } else {
        wanted.insert(now);  // why there is none
    }
    Answers answers;
    for (const WallTime at : wanted) {
        const auto about = know(ledger_, job, at, at);
        if (!about) return tl::unexpected(about.error());
        const Context context{ledger_, setting_, about->facts, Phrases(about->zone, now)};
        if (Status added = append(context, at, answers.found); !added) {
            return tl::unexpected(std::move(added).error());
        }
    }
    return answers;
}

Result<Answers> Inquiry::now(const std::string& job) const {
    const WallTime now = setting_.now;
    constexpr std::size_t most = 20;
    Answers answers;
    for (const EntryState state : {EntryState::started, EntryState::claimed}) {
        const auto open = ledger_.entries({.job = job, .state = state, .limit = most + 1});
        if (!open) return tl::unexpected(open.error());
        answers.more = answers.more || open->size() > most;
        for (const Entry& entry : *open) {
            const auto known = know(ledger_, job, entry.due, entry.due);
            if (!known) return tl::unexpected(known.error());
            const Context context{ledger_, setting_, known->facts, Phrases(known->zone, now)};
            auto answer = Instant(context, entry.due).answer_about(entry);
            if (!answer) return tl::unexpected(std::move(answer).error());
            answers.found.push_back(*std::move(answer));
        }
    }
    if (!answers.found.empty()) return answers;
    return about(job, {now, now});
}

Result<Answers> Inquiry::execution(std::string_view id) const {
    const auto entry = ledger_.entry(id);
    if (!entry) return tl::unexpected(entry.error());
    const auto known = know(ledger_, entry->job, entry->due, entry->due);
    if (!known) return tl::unexpected(known.error());
    const Context context{ledger_, setting_, known->facts, Phrases(known->zone, setting_.now)};
    auto answer = Instant(context, entry->due).answer_about(*entry);
    if (!answer) return tl::unexpected(std::move(answer).error());
    return Answers{{*std::move(answer)}, false};
}

}  // namespace quantum::why
