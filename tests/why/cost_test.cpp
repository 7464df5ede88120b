// What `why` asks the ledger costs the same however large it is: every question is answered by an
// index.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/placed.hpp"
#include "why/story.hpp"

namespace quantum::why {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// The statements that SQLite runs, with how it runs them.
class Statements {
public:
    explicit Statements(const std::filesystem::path& directory)
        : database_(test::placed(directory / "ledger.db"), sqlite::Database::Mode::read_only, 1s) {}

    /// "SEARCH e USING INDEX entry_by_job (…)", one line a step.
    std::string plan_of(const std::string& sql) {
        auto rows = database_.prepare("EXPLAIN QUERY PLAN " + sql);
        std::string plan;
        while (rows.step()) plan += std::string(rows.text(3)) + '\n';
        return plan;
    }

private:
    sqlite::Database database_;
};

/// Keeps the text of every statement that any connection of this process prepares from now on.
class Recorder {
public:
    Recorder() {
        recorded().clear();
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch));
    }
    ~Recorder() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    static std::vector<std::string>& recorded() {
        static std::vector<std::string> all;
        return all;
    }

private:
    static int watch(sqlite3* database, char**, const void*) {
        return sqlite3_trace_v2(
            database, SQLITE_TRACE_STMT,
            [](unsigned, void*, void* statement, void*) {
                recorded().emplace_back(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
                return 0;
            },
            nullptr);
    }
};

TEST(WhyCostTest, EveryQuestionUsesAnIndex) {
    Story story;
    story.start();
    story.runner->script("report", {.duration = 25min});
    story.add(Story::job("report", "*/10 * * * *"));
    story.add(Story::job("other", "* * * * *"));
    story.until("2027-03-02 03:00:00");
    ASSERT_TRUE(story.scheduler->pause_job("report", {.note = "x", .actor = "ops"}));
    story.until("2027-03-02 04:00:00");
    ASSERT_TRUE(story.scheduler->resume_job("report"));
    story.until("2027-03-02 04:30:00");
    story.end_process();
    story.until("2027-03-02 06:00:00");
    story.start();
    std::vector<std::string> asked;
    {
        const Recorder recorder;
        for (const char* time :
             {"2027-03-02 00:20:00", "2027-03-02 03:30:00", "2027-03-02 05:00:00",
              "2027-03-02 05:55:00", "2027-03-02 08:00:00"}) {
            static_cast<void>(story.ask("report", test::at(time), test::at(time)));
        }
        static_cast<void>(story.last_and_next("report"));
        static_cast<void>(story.now("report"));
        asked = Recorder::recorded();
    }
    ASSERT_GT(asked.size(), 20u);
    Statements statements(story.directory());
    std::size_t explained = 0;
    for (const std::string& sql : asked) {
        if (!sql.starts_with("SELECT")) continue;
        SCOPED_TRACE(sql);
        const std::string plan = statements.plan_of(sql);
        ++explained;
        // Tables that grow with what has happened; `state`, `clock_step` and `sqlite_schema` do
        // not.
        for (const char* table : {"SCAN e\n", "SCAN entry", "SCAN audit", "SCAN j\n",
                                  "SCAN past_job", "SCAN attempt", "SCAN output", "SCAN name"}) {
            EXPECT_THAT(plan, Not(HasSubstr(table)));
        }
    }
    EXPECT_GT(explained, 20u);
}

}  // namespace
}  // namespace quantum::why
