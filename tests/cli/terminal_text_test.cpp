// What a terminal is given of text that others wrote. Tests that are named after a number belong to
// that item of the security checklist.
#include "cli/terminal_text.hpp"

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/quantum_program.hpp"
#include "storage/sqlite/builders.hpp"
#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/placed.hpp"
#include "support/scratch_directory.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;

std::string shown(std::string_view text) {
    std::string out;
    cli::append_for_terminal(out, text);
    return out;
}

/// Colours, titles, links, the clipboard, a question to the terminal, C1 as one byte and as UTF-8,
/// the way back to the line's beginning, and text that runs the other way.
constexpr std::string_view hostile =
    "\x1b[2J\x1b]0;t\x07\x1b]8;;http://evil\x1b\\\x1b]52;c;ZXZpbA==\x07\x1bP$qm\x1b\\\x9b"
    "2J\u009b2J\x7f\b\rroot\u202egnp\u2066\u200b\xff";

/// Nothing in it acts on a terminal or on the reader's eye.
void expect_harmless(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
        ASSERT_FALSE(is_control) << "byte " << int{byte} << " in: " << text;
    }
    for (const std::string_view sequence : {"\u009b", "\u202e", "\u2066", "\u200b"}) {
        ASSERT_EQ(text.find(sequence), std::string_view::npos) << text;
    }
    ASSERT_EQ(text.find('\xff'), std::string_view::npos) << text;
}

TEST(TerminalText, SecurityItem26OrdersOfOthersAreShown) {
    EXPECT_EQ(shown("a\x1b[31mb\tc\nd"), "a\\x1b[31mb\tc\nd");
    EXPECT_EQ(shown("\x9b\u009b\u202e\xff\r"), "\\x9b\\u009b\\u202e\\xff\\r");
    EXPECT_EQ(shown("für 😀 …"), "für 😀 …");
    expect_harmless(shown(hostile));
}

TEST(TerminalText, OwnOrdersAreObeyed) {
    EXPECT_EQ(shown("a" + cli::terminal_order("\x1b[32m") + "b" + cli::terminal_order("\r")),
              "a\x1b[32mb\r");
    // Cut off, or taken for one.
    const std::string order = cli::terminal_order("\x1b[32m");
    for (std::size_t size = 1; size < order.size() - 5; ++size) {
        expect_harmless(shown(order.substr(0, size)));
    }
    EXPECT_EQ(shown("\x1b" + std::string(16, '0') + "5\x1b[32m"),
              "\\x1b" + std::string(16, '0') + "5\\x1b[32m");
}

TEST(TerminalText, SecurityItem26NoBytesPassAsOrders) {
    std::mt19937 random(17);
    constexpr std::string_view pieces[] = {"\x1b", "[",    "2",        "J",
                                           "\xc2", "\x9b", "\xe2\x80", "\xae",
                                           "a",    "\n",   "\r",       "\xf3\xa0\x80\x81"};
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto piece = random() % 12; piece > 0; --piece) {
            text += pieces[random() % std::size(pieces)];
        }
        const std::string once = shown(text);
        expect_harmless(once);
        ASSERT_EQ(shown(once), once) << "shown twice is shown once";
    }
}

struct HostileTest : testing::Test {
    ScratchDirectory scratch;
    const std::string bad{hostile};

    void expect_harmless_answer(std::vector<std::string> words) const {
        const test::Ended ended = test::quantum(words);
        SCOPED_TRACE(words.front());
        expect_harmless(ended.out);
        expect_harmless(ended.err);
        EXPECT_NE(ended.out + ended.err, "");
    }
};

TEST_F(HostileTest, SecurityItem26NoVerbRepeatsAnOrderOfItsArguments) {
    const std::string state = scratch.path("state");
    for (const std::string verb : {"run", "check", "next", "explain", "simulate", "history", "logs",
                                   "verify", "backup", "status", "version", "why", "plan"}) {
        expect_harmless_answer({verb, bad});
        expect_harmless_answer({verb, "--" + bad});
        expect_harmless_answer({verb, "--state", bad, "x"});
        expect_harmless_answer({verb, "--tz", bad, "* * * * *"});
    }
    expect_harmless_answer({bad});
    expect_harmless_answer({"next", bad, "--json"});
    const std::string file = scratch.write("a.toml", "[jobs.\"" + bad + "\"]\n" + bad);
    expect_harmless_answer({"check", file});
    expect_harmless_answer({"check", file, "--json"});
    expect_harmless_answer({"run", "--ephemeral", file});
    const std::string named = scratch.write("b\x1b[31m\nroot: fine", "61 * * * * a\n");
    expect_harmless_answer({"check", named});
    expect_harmless_answer({"check", scratch.path("no\x1b[31m\nroot: fine")});
}

TEST_F(HostileTest, SecurityItem26AnErrorIsOneLine) {
    const test::Ended ended = test::quantum({"check", scratch.path("no\nquantum: all is well")});
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
}

/// Every text in the ledger says something to a terminal.
TEST_F(HostileTest, SecurityItem26NothingInALedgerIsObeyed) {
    const std::string state = scratch.path("state");
    {
        const auto storage = SqliteStorage::open(state);
        ASSERT_TRUE(storage);
        Batch begin{.id = 1};
        begin.jobs.push_back(test::added(test::job_named("report"), test::noon));
        ASSERT_EQ((*storage)->commit(begin).status, CommitStatus::done);
        Batch batch{.id = 2, .claims = {test::entry_at(test::noon, "report", 1)}};
        batch.watermark = test::noon;
        ASSERT_EQ((*storage)->commit(batch).status, CommitStatus::done);
        Finish finish = test::finish_of(batch.claims[0], OutcomeKind::failed);
        finish.outcome.reason = bad;
        ASSERT_EQ((*storage)->commit({.id = 3, .finishes = {finish}}).status, CommitStatus::done);
    }
    int changed = 0;
    {
        sqlite::Database database(test::placed(state + "/ledger.db"),
                                  sqlite::Database::Mode::read_write, 1s);
        std::vector<std::pair<std::string, std::string>> columns;
        sqlite::Statement all = database.prepare(
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.type = 'TEXT'");
        while (all.step()) columns.emplace_back(all.text(0), all.text(1));
        for (const auto& [table, column] : columns) {
            try {
                sqlite::Statement update = database.prepare(
                    "UPDATE \"" + table + "\" SET \"" + column + "\" = \"" + column + "\" || ?1");
                update.bind(1, bad).run();
                ++changed;
            } catch (const sqlite::Failure&) {  // what the table itself refuses
            }
        }
    }
    EXPECT_GT(changed, 3);
    for (const std::string verb : {"history", "status", "verify"}) {
        expect_harmless_answer({verb, "--state", state});
        expect_harmless_answer({verb, "--state", state, "--json"});
    }
    expect_harmless_answer({"logs", "report" + bad, "--state", state});
    expect_harmless_answer({"why", "report" + bad, "--state", state});
    expect_harmless_answer({"why", "report" + bad, "2026-11-22 12:00", "--state", state});
    expect_harmless_answer({"why", "nobody", "--state", state});
    expect_harmless_answer({"plan", "examples/quickstart.crontab", "--state", state});
    expect_harmless_answer({"history", "--attempts", "--state", state});
}

}  // namespace
}  // namespace quantum
