// A storage adapter of one's own. The maps of `Tables` stand for the tables of a database: a batch
// is applied to a copy of them, which is a transaction, and the copy takes their place, which is
// its commit.
#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <quantum/job.hpp>
#include <quantum/storage/ledger.hpp>
#include <quantum/storage/storage.hpp>

/// What outlives the process.
struct Tables {
    using DueTime = std::tuple<quantum::WallTime, std::string, std::uint32_t, std::string,
                               quantum::ExecutionKind>;

    std::optional<std::map<std::string, quantum::StoredJob>> jobs;  // none: there were never any
    std::map<quantum::ExecutionId, quantum::Entry> entries;
    std::set<DueTime> due_times;  // of all entries: none has two
    std::map<quantum::ExecutionId, std::map<std::uint32_t, quantum::Attempt>> attempts;
    std::map<quantum::ExecutionId, std::map<std::uint32_t, quantum::CapturedOutput>> output;
    std::vector<quantum::TriggerKey> keys;
    std::optional<quantum::StepNote> step;
    std::optional<quantum::WallTime> watermark;
    std::uint64_t last_batch = 0;
};

class Shelf final : public quantum::Storage, public quantum::Ledger {
public:
    explicit Shelf(std::shared_ptr<Tables> tables) : tables_(std::move(tables)) {}

    // -- What a scheduler asks for -----------------------------------------------------------

    quantum::Result<quantum::Snapshot> load() override {
        const std::lock_guard lock(mutex_);
        quantum::Snapshot snapshot;
        if (tables_->jobs) {
            snapshot.jobs.emplace();
            for (const auto& [name, stored] : *tables_->jobs) snapshot.jobs->push_back(stored);
        }
        snapshot.watermark = tables_->watermark;
        snapshot.step = tables_->step;
        snapshot.keys = tables_->keys;
        snapshot.last_batch = tables_->last_batch;
        for (const auto& [id, entry] : tables_->entries) {
            const bool above = !tables_->watermark || entry.until >= *tables_->watermark;
            if (entry.open()) snapshot.open.push_back(entry);
            if (!entry.open() && above) snapshot.decided.push_back(entry);
        }
        std::sort(snapshot.open.begin(), snapshot.open.end(), by_due_time);
        return snapshot;
    }

    quantum::CommitResult commit(const quantum::Batch& batch) override {
        const std::lock_guard lock(mutex_);
        if (batch.id == tables_->last_batch) return {};  // sent again: the answer was lost
        Tables next = *tables_;
        if (std::string wrong = apply(batch, next); !wrong.empty()) {
            return {quantum::CommitStatus::fatal, std::move(wrong)};
        }
        *tables_ = std::move(next);
        return {};
    }

    // -- What people ask for -----------------------------------------------------------------

    quantum::Result<std::vector<quantum::Entry>> entries(
        const quantum::EntryQuery& query) const override {
        const std::lock_guard lock(mutex_);
        std::vector<quantum::Entry> found;
        for (const auto& [id, entry] : tables_->entries) {
            if (query.job && entry.job != *query.job) continue;
            if (query.from && entry.due < *query.from) continue;
            if (query.until && entry.due >= *query.until) continue;
            if (query.state && entry.state != *query.state) continue;
            found.push_back(entry);
        }
        std::sort(found.begin(), found.end(), by_due_time);
        if (query.before) {
            const auto cursor = std::find_if(found.begin(), found.end(), [&](const auto& entry) {
                return entry.id == *query.before;
            });
            if (cursor == found.end()) {
                return quantum::fail(quantum::ErrorCode::not_found,
                                     "no execution " + query.before->text());
            }
            found.erase(cursor, found.end());
        }
        if (found.size() > query.limit) {
            found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.limit));
        }
        return found;
    }

    quantum::Result<quantum::Entry> entry(std::string_view text) const override {
        const auto range = quantum::ids_beginning_with(text);
        if (!range) return tl::unexpected(range.error());  // too short, or no digits
        std::string digits;
        for (const unsigned char c : text) {
            if (c != '-') digits += static_cast<char>(std::tolower(c));
        }
        const std::lock_guard lock(mutex_);
        const quantum::Entry* found = nullptr;
        for (const auto& [id, entry] : tables_->entries) {
            std::string whole = id.text();
            std::erase(whole, '-');
            if (!whole.starts_with(digits) && !whole.ends_with(digits)) continue;
            if (found != nullptr) {
                return quantum::fail(quantum::ErrorCode::invalid_argument,
                                     "several begin with or end in this");
            }
            found = &entry;
        }
        if (found == nullptr) {
            return quantum::fail(quantum::ErrorCode::not_found, "no such execution");
        }
        return *found;
    }

    quantum::Result<std::vector<quantum::Attempt>> attempts(
        const quantum::ExecutionId& id) const override {
        const auto found = entry(id.text());
        if (!found) return tl::unexpected(found.error());
        const std::lock_guard lock(mutex_);
        std::vector<quantum::Attempt> all;
        if (const auto ended = tables_->attempts.find(id); ended != tables_->attempts.end()) {
            for (const auto& [number, attempt] : ended->second) all.push_back(attempt);
        }
        if (found->state == quantum::EntryState::started) {
            all.push_back({.number = found->attempt, .planned = planned(*found, found->attempt)});
        }
        return all;
    }

    quantum::Result<quantum::CapturedOutput> output(
        const quantum::ExecutionId& id, std::optional<std::uint32_t> attempt) const override {
        const std::lock_guard lock(mutex_);
        if (const auto kept = tables_->output.find(id); kept != tables_->output.end()) {
            const auto of_attempt =
                attempt ? kept->second.find(*attempt) : std::prev(kept->second.end());
            if (of_attempt != kept->second.end()) return of_attempt->second;
        }
        return quantum::fail(quantum::ErrorCode::not_found, "no output is kept");
    }

private:
    static bool by_due_time(const quantum::Entry& a, const quantum::Entry& b) {
        return std::tie(a.due, a.pass, a.job, a.id) < std::tie(b.due, b.pass, b.job, b.id);
    }

    static quantum::WallTime planned(const quantum::Entry& entry, std::uint32_t attempt) {
        return attempt == 1 ? entry.planned() : entry.retry_at.value_or(entry.due);
    }

    static quantum::EntryState ended_as(quantum::OutcomeKind kind) {
        switch (kind) {
            case quantum::OutcomeKind::succeeded:
                return quantum::EntryState::succeeded;
            case quantum::OutcomeKind::failed:
                return quantum::EntryState::failed;
            case quantum::OutcomeKind::timed_out:
                return quantum::EntryState::timed_out;
            case quantum::OutcomeKind::killed:
                return quantum::EntryState::killed;
            case quantum::OutcomeKind::lost:
                break;
        }
        return quantum::EntryState::lost;
    }

    /// In the order in which a batch declares its members. Returns what contradicts the tables;
    /// empty: nothing.
    static std::string apply(const quantum::Batch& batch, Tables& tables) {
        if (batch.id < tables.last_batch) return "a batch of the past";
        tables.last_batch = batch.id;
        for (const quantum::JobChange& change : batch.jobs) apply(change, tables);
        if (!batch.steps.empty()) tables.step = batch.steps.back();
        for (const quantum::Finish& finish : batch.finishes) {
            quantum::Entry* const entry = find_open(tables, finish.id);
            if (entry == nullptr) return "the end of what is not open: " + finish.id.text();
            apply(finish, *entry, tables);
        }
        for (const quantum::Entry& claim : batch.claims) {
            if (!tables.due_times
                     .insert({claim.due, claim.job, claim.pass, claim.target, claim.kind})
                     .second) {
                return "two entries for a due time of job '" + claim.job + "'";
            }
            tables.entries.emplace(claim.id, claim);
            if (!claim.key.empty()) remember_key(claim, tables);
        }
        for (const quantum::Start& start : batch.starts) {
            quantum::Entry* const entry = find_open(tables, start.id);
            if (entry == nullptr) return "the start of what is not open: " + start.id.text();
            entry->state = quantum::EntryState::started;
            entry->handed_at = start.handed_at;
        }
        for (const quantum::Skip& skip : batch.skips) {
            quantum::Entry* const entry = find_open(tables, skip.id);
            if (entry == nullptr) return "a skip of what is not open: " + skip.id.text();
            entry->state =
                skip.covered_by ? quantum::EntryState::coalesced : quantum::EntryState::skipped;
            entry->reason = skip.reason;
            entry->covered_by = skip.covered_by;
            entry->ended_at = skip.ended_at;
        }
        if (batch.watermark) tables.watermark = batch.watermark;
        return {};
    }

    static quantum::Entry* find_open(Tables& tables, const quantum::ExecutionId& id) {
        const auto found = tables.entries.find(id);
        return found != tables.entries.end() && found->second.open() ? &found->second : nullptr;
    }

    static void apply(const quantum::JobChange& change, Tables& tables) {
        if (!tables.jobs) tables.jobs.emplace();
        switch (change.kind) {
            case quantum::JobChangeKind::added:
            case quantum::JobChangeKind::updated:
                tables.jobs->insert_or_assign(change.name, change.stored);
                break;
            case quantum::JobChangeKind::deleted:
                tables.jobs->erase(change.name);
                break;
            case quantum::JobChangeKind::purged_all:
                tables.jobs->clear();
                break;
        }
    }

    /// The end of an attempt. An attempt that is known comes again where the next is not made.
    static void apply(const quantum::Finish& finish, quantum::Entry& entry, Tables& tables) {
        tables.attempts[finish.id].try_emplace(
            finish.attempt, quantum::Attempt{finish.attempt, planned(entry, finish.attempt),
                                             finish.started_at, finish.ended_at, finish.outcome});
        if (finish.output) {
            tables.output[finish.id].insert_or_assign(finish.attempt, *finish.output);
        }
        entry.outcome = finish.outcome;
        if (finish.attempt == 1 && finish.started_at) entry.started_at = finish.started_at;
        if (finish.retry_at) {
            entry.state = quantum::EntryState::claimed;
            entry.attempt = finish.attempt + 1;
            entry.retry_at = finish.retry_at;
        } else {
            entry.state = ended_as(finish.outcome.kind);
            entry.attempt = finish.attempt;
            entry.ended_at = finish.ended_at;
        }
    }

    static void remember_key(const quantum::Entry& claim, Tables& tables) {
        std::erase_if(tables.keys, [&](const quantum::TriggerKey& key) {
            return claim.claimed_at - key.at > std::chrono::hours(24);
        });
        tables.keys.push_back({claim.job, claim.key, claim.id, claim.claimed_at});
    }

    mutable std::mutex mutex_;
    const std::shared_ptr<Tables> tables_;
};
