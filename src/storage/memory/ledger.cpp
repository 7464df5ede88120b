#include "quantum/storage/ledger.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "storage/attempts.hpp"
#include "storage/revisions_around.hpp"

namespace quantum {

Status Ledger::each(const EntryQuery& query, const std::function<bool(const Entry&)>& visit) const {
    EntryQuery all = query;
    all.limit = std::numeric_limits<std::size_t>::max();
    all.before.reset();
    auto found = entries(all);
    if (!found) return tl::unexpected(std::move(found).error());
    for (const Entry& entry : *found) {
        if (!visit(entry)) break;
    }
    return {};
}

Result<std::vector<JobRevision>> Ledger::revisions(const std::optional<std::string>&) const {
    return fail(ErrorCode::unavailable, "this ledger keeps no revisions of jobs");
}

Result<std::vector<Entry>> Ledger::entries_about(const std::string& job, WallTime from,
                                                 WallTime until) const {
    EntryQuery query{.job = job, .limit = std::numeric_limits<std::size_t>::max()};
    if (until < WallTime::max()) query.until = until + Duration(1);
    auto found = entries(query);
    if (!found) return found;
    std::erase_if(*found, [from](const Entry& entry) { return entry.until < from; });
    return found;
}

Result<std::vector<JobRevision>> Ledger::revisions_around(const std::string& job, WallTime from,
                                                          WallTime until) const {
    auto all = revisions(job);
    if (!all) return all;
    std::vector<storage::Period> periods;
    periods.reserve(all->size());
    for (const JobRevision& revision : *all) {
        periods.push_back({revision.stored.effective_from, revision.until});
    }
    std::vector<JobRevision> chosen;
    for (const std::size_t at : storage::revisions_around(periods, from, until)) {
        chosen.push_back(std::move((*all)[at]));
    }
    return chosen;
}

Result<std::vector<std::string>> Ledger::job_names() const {
    const auto all = revisions(std::nullopt);
    if (!all) return tl::unexpected(all.error());
    std::vector<std::string> names;
    for (const JobRevision& revision : *all) {
        if (names.empty() || names.back() != revision.name) names.push_back(revision.name);
    }
    return names;
}

Result<std::vector<StepNote>> Ledger::clock_steps() const {
    return fail(ErrorCode::unavailable, "this ledger keeps no changes of the clock");
}

Result<LedgerBounds> Ledger::bounds() const {
    return fail(ErrorCode::unavailable, "this ledger does not report its bounds");
}

Result<std::vector<Attempt>> Ledger::attempts(const ExecutionId& id) const {
    const auto found = entry(id.text());
    if (!found) return tl::unexpected(found.error());
    return storage::with_latest_attempt(*found, {});
}

Result<CapturedOutput> Ledger::output(const ExecutionId& id, std::optional<std::uint32_t>) const {
    return fail(ErrorCode::not_found, "no output of execution " + id.text() + " is kept");
}

Result<std::vector<AuditNote>> Ledger::audit(std::size_t) const {
    return fail(ErrorCode::unavailable, "this ledger keeps no audit");
}

Result<std::vector<AuditNote>> Ledger::notes(const NoteQuery& query) const {
    auto found = audit(std::numeric_limits<std::size_t>::max());
    if (!found) return found;
    std::erase_if(*found, [&query](const AuditNote& note) {
        return (query.job && note.job != *query.job) || (query.from && note.at < *query.from) ||
               (query.until && note.at >= *query.until);
    });
    if (found->size() > query.limit) {
        const auto end = query.oldest
                             ? std::next(found->begin(), static_cast<std::ptrdiff_t>(query.limit))
                             : std::prev(found->end(), static_cast<std::ptrdiff_t>(query.limit));
        query.oldest ? found->erase(end, found->end()) : found->erase(found->begin(), end);
    }
    return found;
}

Result<IdRange> ids_beginning_with(std::string_view prefix) {
    constexpr std::size_t shortest = 8;
    IdRange range;
    range.last.bytes.fill(0xFF);
    std::size_t digits = 0;
    for (std::size_t at = 0; at < prefix.size(); ++at) {
        const char c = prefix[at];
        // Dashes stand where the full text has them.
        if (c == '-' && (digits == 8 || digits == 12 || digits == 16 || digits == 20)) continue;
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = static_cast<unsigned>(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10;
        } else {
            return fail(ErrorCode::invalid_argument,
                        "execution id: column " + std::to_string(at + 1) +
                            ": neither a hexadecimal digit nor a dash at a valid position");
        }
        if (digits == 2 * range.first.bytes.size()) {
            return fail(ErrorCode::invalid_argument, "execution id: more than 32 digits");
        }
        const unsigned shift = digits % 2 == 0 ? 4 : 0;
        std::uint8_t& first = range.first.bytes[digits / 2];
        std::uint8_t& last = range.last.bytes[digits / 2];
        first = static_cast<std::uint8_t>(first | (digit << shift));
        last = static_cast<std::uint8_t>((last & ~(0xFU << shift)) | (digit << shift));
        ++digits;
    }
    if (digits < shortest) {
        return fail(ErrorCode::invalid_argument,
                    "execution id: at least 8 hexadecimal digits are needed, there are " +
                        std::to_string(digits));
    }
    return range;
}

}  // namespace quantum
