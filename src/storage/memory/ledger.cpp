#include "quantum/storage/ledger.hpp"

#include <cstdint>
#include <limits>

#include "storage/attempts.hpp"

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
