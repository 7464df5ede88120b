#include "server/job_keeper.hpp"

#include <utility>

namespace quantum::server {
namespace {

constexpr Duration past = std::chrono::hours(24);
constexpr std::size_t most_pages = 10;
constexpr std::size_t history_at_once = 5'000;
constexpr std::size_t most_notes = 2'000;

}  // namespace

void JobKeeper::with_jobs(const CallRef& call, Use use) {
    if (state_ == State::ready && !is_lost_) return use(call, index_);
    waiting_.push_back({call, std::move(use)});
    if (state_ != State::asked) ask(call);
}

void JobKeeper::ask(const CallRef& call) {
    const bool is_first = state_ == State::empty;
    state_ = State::asked;
    is_lost_ = false;
    calls_.ask<std::vector<StoredJob>>(
        call, [this](auto then) { engine_.list_jobs(std::move(then)); },
        [this, is_first](const CallRef& asked, Result<std::vector<StoredJob>> jobs) {
            if (!jobs) return fail_all(jobs.error());
            index_.replace(std::move(*jobs));
            if (is_first && engine_.ledger() != nullptr) return ask_past(asked);
            become_ready();
        });
    // Whoever asked may be gone before the answer is there; then the next one asks again.
    call->on_answer([this, is_first](const Response& response) {
        if (state_ != State::asked || response.status < 500) return;
        state_ = is_first ? State::empty : State::ready;
        is_lost_ = !is_first;
    });
}

void JobKeeper::ask_past(const CallRef& call) {
    calls_.read<Past>(
        call, [this, since = engine_.now() - past] { return Result<Past>(read_past(since)); },
        [this](const CallRef&, Result<Past> read) {
            if (read) {
                for (auto entries = read->pages.rbegin(); entries != read->pages.rend();
                     ++entries) {
                    index_.take_past(*entries);
                }
                take_notes(read->notes);
            }
            become_ready();
        });
}

// Pages from the newest back, so that where there is too much the newest is known.
JobKeeper::Past JobKeeper::read_past(WallTime since) const {
    Past found;
    const Ledger& ledger = *engine_.ledger();
    if (auto notes = ledger.audit(most_notes)) found.notes = std::move(*notes);
    EntryQuery query{.from = since, .limit = history_at_once};
    while (found.pages.size() < most_pages) {
        auto entries = ledger.entries(query);
        if (!entries || entries->empty()) break;
        query.before = entries->front().id;
        found.pages.push_back(std::move(*entries));
        if (found.pages.back().size() < history_at_once) break;
    }
    return found;
}

void JobKeeper::take_notes(const std::vector<AuditNote>& notes) {
    for (const AuditNote& note : notes) {
        if (note.action == "pause" && !note.job.empty()) paused_by_[note.job] = note.actor;
    }
}

void JobKeeper::become_ready() {
    state_ = State::ready;
    for (Waiting& one : std::exchange(waiting_, {})) {
        if (!one.call->is_answered()) one.use(one.call, index_);
    }
}

void JobKeeper::fail_all(const Error& error) {
    state_ = State::empty;
    for (const Waiting& one : std::exchange(waiting_, {})) one.call->fail(problem_of(error));
}

void JobKeeper::take(const Feed::Taken& taken) {
    if (state_ == State::empty) return;
    if (taken.is_lost) is_lost_ = true;
    for (const FeedEvent& event : taken.events) index_.take(event);
}

void JobKeeper::note_pause(const std::vector<std::string>& jobs, const std::string& actor) {
    for (const std::string& job : jobs) paused_by_[job] = actor;
}

std::string JobKeeper::paused_by(std::string_view job) const {
    const auto known = paused_by_.find(std::string(job));
    return known == paused_by_.end() ? std::string() : known->second;
}

}  // namespace quantum::server
