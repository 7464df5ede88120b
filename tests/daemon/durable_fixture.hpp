#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/storage/sqlite.hpp"

#include "support/paths.hpp"
#include "support/program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {

/// The numbers that the promise is judged by, instead of the short ones.
inline bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

/// `quantum` on a crontab and a state directory of the test's own.
struct DurableTest : testing::Test {
    ScratchDirectory scratch;

    [[nodiscard]] std::string state() const { return scratch.path("state"); }
    void crontab(std::string_view text) const { scratch.write("jobs.crontab", text); }

    [[nodiscard]] std::vector<std::string> run(std::vector<std::string> more = {}) const {
        std::vector<std::string> argv{binary("quantum"), "run", "--state", state()};
        argv.insert(argv.end(), more.begin(), more.end());
        argv.push_back(scratch.path("jobs.crontab"));
        return argv;
    }

    /// Runs until `text` is seen in the log, and stops it.
    Ended run_until(std::string_view text, std::vector<std::string> more = {}) const {
        Program program(run(std::move(more)));
        EXPECT_TRUE(program.wait_for(text)) << program.err();
        program.signal(SIGTERM);
        return program.wait();
    }

    [[nodiscard]] Ended ask(std::vector<std::string> words) const {
        words.insert(words.begin(), binary("quantum"));
        words.insert(words.end(), {"--state", state()});
        Program program(std::move(words));
        return program.wait();
    }

    [[nodiscard]] std::unique_ptr<SqliteLedger> ledger() const {
        auto opened = SqliteLedger::open(state());
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }

    [[nodiscard]] std::vector<Entry> entries(const EntryQuery& query = {}) const {
        auto found = ledger()->entries(query);
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(std::vector<Entry>());
    }
};

}  // namespace quantum::test
