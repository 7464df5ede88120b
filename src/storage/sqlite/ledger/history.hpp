#pragma once

#include <functional>
#include <vector>

#include "quantum/storage/ledger.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// A question about entries that names something that is not there.
class NotFound : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The answer to `Ledger::entries`. Throws Failure or NotFound.
[[nodiscard]] std::vector<Entry> read_entries(Database& database, const EntryQuery& query);

/// `Ledger::each`: oldest first, without limit or cursor. Throws Failure.
void visit_entries(Database& database, const EntryQuery& query,
                   const std::function<bool(const Entry&)>& visit);

/// At most two entries with ids in the range: enough to tell none, one and several apart.
[[nodiscard]] std::vector<Entry> entries_in(Database& database, const IdRange& range);

/// `Ledger::attempts`. Throws Failure or NotFound.
[[nodiscard]] std::vector<Attempt> read_attempts(Database& database, const ExecutionId& id);

}  // namespace quantum::sqlite
