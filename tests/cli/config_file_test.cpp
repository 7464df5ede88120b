// `quantum run` and `quantum check` with a configuration file: the real program.
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli/quantum_program.hpp"
#include "daemon/run_settings.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct ConfigFileTest : testing::Test {
    ScratchDirectory scratch;
    const std::string config = scratch.path("quantum.toml");

    std::string write(const std::string& name, const std::string& text) const {
        fs::create_directories(fs::path(scratch.path(name)).parent_path());
        const std::string path = scratch.write(name, text);
        chmod(path.c_str(), 0644);  // root takes no other
        return path;
    }
    static std::string echo(const std::string& name) {
        return "# name: " + name + "\n@every 1s echo is-" + name + "\n";
    }
    static std::string stop(Program& program) {
        program.signal(SIGTERM);
        const Ended ended = program.wait();
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        return ended.err;
    }
};

TEST_F(ConfigFileTest, TheDirectoriesBesideItAreRunAndItsSettingsCount) {
    write("quantum.toml", "state = \"state\"\nlog_format = \"json\"\n");
    write("cron.d/one", echo("one"));
    write("jobs.d/two.toml", "[jobs.two]\nschedule = \"@every 1s\"\nshell = \"echo is-two\"\n");
    Program program(quantum_argv({"run", "--config", config}));
    ASSERT_TRUE(program.wait_for("\"line\":\"is-one\"")) << program.err();
    ASSERT_TRUE(program.wait_for("\"line\":\"is-two\"")) << program.err();
    static_cast<void>(stop(program));
    EXPECT_TRUE(fs::exists(scratch.path("state/ledger.db")));
}

TEST_F(ConfigFileTest, OfItsDirectoryItMayBeMissing) {
    write("cron.d/one", echo("one"));
    Program program(quantum_argv({"run", "--config", scratch.path(""), "--ephemeral"}));
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    static_cast<void>(stop(program));
    fs::remove_all(scratch.path("cron.d"));
    const Ended none = quantum({"run", "--config", scratch.path("")});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err, HasSubstr("neither " + config + " nor jobs.d or cron.d"));
}

TEST_F(ConfigFileTest, TheCommandLineGoesBeforeIt) {
    write("quantum.toml", "ephemeral = true\nlog_format = \"json\"\nstrict = true\n");
    write("cron.d/one", echo("one"));
    const std::string other = write("other", echo("other") + "0 25 * * * true\n");
    Program program(quantum_argv({"run", "--config", config, "--log-format", "logfmt",
                                  "--strict=false", "--state", scratch.path("state"), other}));
    ASSERT_TRUE(program.wait_for(" line=is-other")) << program.err();
    EXPECT_THAT(stop(program), Not(HasSubstr("is-one")));
    EXPECT_TRUE(fs::exists(scratch.path("state/ledger.db")));
}

TEST_F(ConfigFileTest, ABadOneIsRefusedAsTheCommandLineIs) {
    write("quantum.toml", "stat = \"state\"\nsystem = 3\n");
    const Ended ended = quantum({"run", "--config", config});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr(config + ":1:1: error: 'stat' is not a key of the "
                                              "configuration file; did you mean 'state'?"));
    EXPECT_THAT(ended.err, HasSubstr(config + ":2:10: error: system: "));
    const Ended none = quantum({"run", "--config", scratch.path("none.toml")});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err, HasSubstr("none.toml: cannot open"));
}

TEST_F(ConfigFileTest, CheckFindsTheSame) {
    write("quantum.toml", "stat = \"state\"\n");
    write("cron.d/one", "0 25 * * * true\n");
    const Ended bad = quantum({"check", "--config", config});
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.out, HasSubstr(config + ":1:1: error: 'stat'"));
    EXPECT_THAT(bad.out, HasSubstr(scratch.path("cron.d/one") + ":1:3: error: hour field"));

    write("quantum.toml", "system = true\n");
    write("cron.d/one", "0 2 * * * root true\n");
    const Ended good = quantum({"check", "--config", config});
    EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
    EXPECT_THAT(good.out, IsEmpty());
}

TEST_F(ConfigFileTest, AReloadSaysThatItsSettingsWaitAndRefusesABadOne) {
    write("quantum.toml", "ephemeral = true\n");
    write("cron.d/one", echo("one"));
    Program program(quantum_argv({"run", "--config", config}));
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("msg=reloaded")) << program.err();
    EXPECT_THAT(program.err(), Not(HasSubstr("takes effect after a restart")));
    write("quantum.toml", "ephemeral = true\nstrict = true\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("quantum.toml has changed; it takes effect after a restart"))
        << program.err();
    write("quantum.toml", "ephemera = true\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("reload rejected")) << program.err();
    EXPECT_THAT(stop(program), HasSubstr("did you mean 'ephemeral'?"));
}

TEST_F(ConfigFileTest, ADirectoryBesideItMayComeLater) {
    write("quantum.toml", "ephemeral = true\n");
    Program program(quantum_argv({"run", "--config", config}));
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    write("new", echo("one"));
    fs::create_directory(scratch.path("cron.d"));
    fs::rename(scratch.path("new"), scratch.path("cron.d/one"));
    ASSERT_TRUE(program.wait_for("line=is-one")) << program.err();
    static_cast<void>(stop(program));
}

TEST_F(ConfigFileTest, EachOptionOfRunHasItsKeyOrAReason) {
    const std::string help = quantum({"run", "--help"}).out;
    std::set<std::string> keys;
    for (const auto& setting : daemon::run_settings) keys.emplace(setting.name);
    const std::set<std::string> others{"help", "config", "new_ledger"};
    const std::regex option("--([a-z][a-z-]*)");
    std::size_t found = 0;
    const std::string options = help.substr(0, help.find("Runs until TERM"));
    for (std::sregex_iterator at(options.begin(), options.end(), option), end; at != end; ++at) {
        std::string name = (*at)[1];
        std::replace(name.begin(), name.end(), '-', '_');
        EXPECT_TRUE(keys.contains(name) || others.contains(name)) << name;
        ++found;
    }
    EXPECT_GE(found, keys.size());
}

}  // namespace
}  // namespace quantum::test
