#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "quantum/storage/ledger.hpp"

#include "storage/id_ending.hpp"
#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// A query that names an entry that does not exist.
class NotFound : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Implements `Ledger::entries`. Throws Failure or NotFound.
[[nodiscard]] std::vector<Entry> read_entries(Database& database, const EntryQuery& query);

/// `Ledger::entries_about`. Throws Failure.
[[nodiscard]] std::vector<Entry> read_entries_about(Database& database, const std::string& job,
                                                    WallTime from, WallTime until);

/// `Ledger::each`: oldest first, without limit or cursor. Throws Failure.
void visit_entries(Database& database, const EntryQuery& query,
                   const std::function<bool(const Entry&)>& visit);

/// At most two entries with IDs in the range or with that ending: enough to distinguish none, one
/// and several.
[[nodiscard]] std::vector<Entry> entries_with(Database& database, const IdRange& range,
                                              const std::optional<storage::IdEnding>& ending);

/// `Ledger::attempts`. Throws Failure or NotFound.
[[nodiscard]] std::vector<Attempt> read_attempts(Database& database, const ExecutionId& id);

}  // namespace quantum::sqlite
