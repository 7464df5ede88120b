#include "storage/sqlite/file/check.hpp"

#include <string>

namespace quantum::sqlite {

void break_off_when(Database& database, const std::function<bool()>& question) {
    constexpr int instructions_a_look = 10'000;
    sqlite3_progress_handler(
        database.handle(), instructions_a_look,
        [](void* asked) { return (*static_cast<const std::function<bool()>*>(asked))() ? 1 : 0; },
        const_cast<std::function<bool()>*>(&question));
}

void check(Database& database, Depth depth, const std::function<bool()>& broken_off) {
    break_off_when(database, broken_off);
    // The number is how many findings are told at most.
    Statement findings = database.prepare(depth == Depth::quick ? "PRAGMA quick_check(10)"
                                                                : "PRAGMA integrity_check(10)");
    std::string wrong;
    while (findings.step()) {
        if (findings.text(0) == "ok") continue;
        if (!wrong.empty()) wrong += "; ";
        wrong += findings.text(0);
    }
    if (!wrong.empty()) throw Failure(SQLITE_CORRUPT, wrong);
}

}  // namespace quantum::sqlite
