#include "storage/sqlite/names.hpp"

namespace quantum::sqlite {

Names::Names(Database& database)
    : database_(database),
      find_(database.prepare("SELECT id FROM name WHERE text = ?1")),
      add_(database.prepare("INSERT INTO name(text) VALUES (?1)")) {}

std::int64_t Names::number(const std::string& name) {
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    std::int64_t id = 0;
    find_.bind(1, name);
    if (find_.step()) {
        id = find_.integer(0);
        find_.reset();
    } else {
        add_.bind(1, name).run();
        id = sqlite3_last_insert_rowid(database_.handle());
    }
    if (known_.size() >= most_known) known_.clear();
    known_.emplace(name, id);
    return id;
}

}  // namespace quantum::sqlite
