// The configuration file: what it may say, and what goes before it.
#include "daemon/settings_file.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/journal.hpp"

namespace quantum::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RunSettings good(const std::string& text) {
    SettingsFile file = parse_settings_file(text, "/etc/quantum");
    for (const auto& diagnostic : file.diagnostics) ADD_FAILURE() << describe(diagnostic);
    return file.settings;
}

std::string fault(const std::string& text) {
    const SettingsFile file = parse_settings_file(text, "/etc/quantum");
    EXPECT_EQ(file.diagnostics.size(), 1u) << text;
    return file.diagnostics.empty() ? std::string() : describe(file.diagnostics.front());
}

TEST(SettingsFileTest, AnEmptyOneSaysNothing) {
    EXPECT_EQ(good(""), RunSettings());
    EXPECT_EQ(good("# all of it is a comment\n"), RunSettings());
}

TEST(SettingsFileTest, EachSettingHasItsKey) {
    const RunSettings said = good(R"(
files = ["jobs.d", "/srv/site.crontab"]
system = true
tz = "Europe/Zurich"
pass_env = ["LANG", "HTTP_PROXY"]
new_privileges = true
strict = true
spool = "crontabs"
crontab_socket = "/run/q.sock"
dialect = "seconds"
watch = "all"
state = "state"
keep_output = "3d"
keep_output_size = "64MiB"
keep_ledger = "1h30m"
on_crash = "wait"
log_format = "json"
log_output_rate = 1000
)");
    EXPECT_THAT(*said.files, ElementsAre("/etc/quantum/jobs.d", "/srv/site.crontab"));
    EXPECT_EQ(said.system, true);
    EXPECT_EQ(said.tz, "Europe/Zurich");
    EXPECT_THAT(*said.pass_env, ElementsAre("LANG", "HTTP_PROXY"));
    EXPECT_EQ(said.new_privileges, true);
    EXPECT_EQ(said.strict, true);
    EXPECT_EQ(said.spool, "/etc/quantum/crontabs");
    EXPECT_EQ(said.crontab_socket, "/run/q.sock");
    EXPECT_EQ(said.dialect, Dialect::seconds);
    EXPECT_EQ(said.watch, Watched::all);
    EXPECT_EQ(said.state, "/etc/quantum/state");
    EXPECT_EQ(said.keep_output, std::chrono::hours(72));
    EXPECT_EQ(said.keep_output_size, Size{std::uint64_t{64} << 20U});
    EXPECT_EQ(said.keep_ledger, std::chrono::minutes(90));
    EXPECT_EQ(said.on_crash, OnCrash::wait);
    EXPECT_EQ(said.log_format, LogFormat::json);
    EXPECT_EQ(said.log_output_rate, Size{1000});
    EXPECT_EQ(good("ephemeral = true").ephemeral, true);
    EXPECT_THAT(*good("pass_env = \"all\"").pass_env, ElementsAre("all"));
}

TEST(SettingsFileTest, AnUnknownKeyIsRefusedWithTheNearest) {
    EXPECT_THAT(fault("stat = \"x\""),
                HasSubstr("line 1, column 1: 'stat' is not a key of the configuration file; did "
                          "you mean 'state'?"));
    EXPECT_THAT(fault("\nkeep-output = \"1d\""), HasSubstr("did you mean 'keep_output'?"));
    EXPECT_THAT(fault("zone = \"UTC\""), HasSubstr("did you mean 'tz'?"));
    EXPECT_THAT(fault("[jobs.backup]\nschedule = \"@daily\""), HasSubstr("'jobs' is not a key"));
}

TEST(SettingsFileTest, WhatIsNoSettingSaysWhatItIs) {
    EXPECT_THAT(fault("new_ledger = true"), HasSubstr("quantum run --new-ledger"));
}

TEST(SettingsFileTest, WrongValuesAreRefused) {
    EXPECT_THAT(fault("system = \"yes\""), HasSubstr("system: is a string, but must be"));
    EXPECT_THAT(fault("watch = \"crontab\""), HasSubstr("did you mean 'crontabs'?"));
    EXPECT_THAT(fault("keep_ledger = 90"), HasSubstr("keep_ledger: "));
    EXPECT_THAT(fault("keep_output_size = 0"), HasSubstr("must be more than 0"));
    EXPECT_THAT(fault("files = [1]"), HasSubstr("files: "));
    EXPECT_THAT(fault("state = \"x\"\nephemeral = true"), HasSubstr("ephemeral excludes state"));
    EXPECT_THAT(fault("system = tru"), HasSubstr("line 1, column "));
    std::string deep;
    for (int level = 0; level < 200; ++level) deep += "a.";
    EXPECT_THAT(fault(deep + "b = 1"), HasSubstr("levels deep"));
}

TEST(SettingsFileTest, TheCommandLineGoesBeforeIt) {
    const RunSettings file = good("tz = \"UTC\"\nstrict = true\nstate = \"/srv/state\"");
    RunSettings said;
    said.tz = "Asia/Tokyo";
    said.strict = false;
    said = joined(said, file);
    EXPECT_EQ(said.tz, "Asia/Tokyo");
    EXPECT_EQ(said.strict, false);
    EXPECT_EQ(said.state, "/srv/state");
    EXPECT_EQ(said.system, std::nullopt);
}

TEST(SettingsFileTest, SoItIsWithWhatExcludesWhatTheFileSays) {
    RunSettings none;
    none.ephemeral = true;
    EXPECT_EQ(joined(none, good("state = \"/srv/state\"")).state, std::nullopt);
    RunSettings place;
    place.state = "/tmp/state";
    EXPECT_EQ(joined(place, good("ephemeral = true")).ephemeral, false);
}

// ---- docs/operating/service.md ----------------------------------------------------------------

std::string page() {
    std::ifstream file(QUANTUM_SOURCE_DIR "/docs/operating/service.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ServicePage, ShowsEveryKey) {
    const std::string text = page();
    const std::size_t begin = text.find("```toml\n") + 8;
    const std::string example = text.substr(begin, text.find("```", begin) - begin);
    const RunSettings said = good(example);
    for (const RunSetting& setting : run_settings) {
        if (setting.name == "ephemeral") continue;  // excludes another
        EXPECT_TRUE(
            std::visit([&said](auto member) { return (said.*member).has_value(); }, setting.member))
            << setting.name;
    }
    EXPECT_THAT(text, HasSubstr("`ephemeral = true`"));
}

TEST(ServicePage, ListsTheIdsOfTheJournal) {
    const std::string text = page();
    for (const char* message :
         {"quantum started", "quantum stopped", "execution started", "execution ended",
          "execution skipped", "reloaded", "changed files were reloaded",
          "storage: a batch could not be stored; nothing new starts"}) {
        ASSERT_NE(journal_id(message), "") << message;
        EXPECT_THAT(text, HasSubstr(std::string(journal_id(message)))) << message;
    }
}

}  // namespace
}  // namespace quantum::daemon
