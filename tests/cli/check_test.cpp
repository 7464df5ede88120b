// `quantum check`, the real program.
#include <algorithm>
#include <array>
#include <stdexcept>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct CheckProgramTest : testing::Test {
    ScratchDirectory scratch;

    Ended check(const std::string& text, std::vector<std::string> more = {}) {
        more.insert(more.begin(), "check");
        more.push_back(scratch.write("site.crontab", text));
        return quantum(more);
    }
    [[nodiscard]] std::string at(std::string_view rest) const {
        return scratch.path("site.crontab") + std::string(rest);
    }
};

TEST_F(CheckProgramTest, IsSilentWhereAllIsWell) {
    const Ended ended = check("# fine\nX=1\n0 3 * * * backup\n@reboot start\n");

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.out + ended.err, "");
}

TEST_F(CheckProgramTest, ReadsJobFilesToo) {
    const std::string file = scratch.write(
        "site.toml", "[jobs.a]\nschedule = \"0 25 * * *\"\ncommand = [\"x\", \"y z\"]\nnce = 1\n");

    const Ended ended = quantum({"check", file});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, StartsWith(file + ":2:15: error: schedule: hour field: '25' is out of"));
    EXPECT_THAT(ended.out, HasSubstr("\n" + file + ":4:1: error: 'nce' is not a key of a job"));

    const auto json = boost::json::parse(quantum({"check", "--json", file}).out);
    const auto& job = json.at("jobs").at(0);
    EXPECT_EQ(job.at("name").as_string(), "a");
    EXPECT_EQ(job.at("argv"), (boost::json::array{"x", "y z"}));
}

TEST_F(CheckProgramTest, WarningsAreNoFailure) {
    const Ended ended = check("0 3 * * * date +%Y\n");

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, StartsWith(at(":1:17: warning: '%' ends the command")));
}

TEST_F(CheckProgramTest, EveryProblemHasALine) {
    const Ended ended = check("60 3 * * * a\n0 3 * * * date +%Y\n0 3 * *\n");

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, StartsWith(at(":1:1: error: ")));
    EXPECT_THAT(ended.out, HasSubstr("\n" + at(":2:17: warning: ")));
    EXPECT_THAT(ended.out, HasSubstr("\n" + at(":3:")));
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 3);
    EXPECT_EQ(ended.err, "");
}

TEST_F(CheckProgramTest, TakesSeveralFilesAndStandardInput) {
    const std::string other = scratch.write("other.crontab", "0 3 * * * a\n");

    const Ended ended = quantum({"check", other, "-"}, "61 * * * * b\n");

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, StartsWith("<standard input>:1:1: error: "));
}

TEST_F(CheckProgramTest, ReportsNamesThatTwoFilesGive) {
    const std::string other = scratch.write("other.crontab", "# name: x\n0 3 * * * a\n");

    const Ended ended = check("# name: x\n0 3 * * * b\n", {other});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out,
                StartsWith(at(":2:11: error: the name 'x' is already used by " + other)));
}

TEST_F(CheckProgramTest, ReadsTheUserColumnWhenTold) {
    EXPECT_EQ(check("0 3 * * * root\n", {"--system"}).exit_code, 1);

    const Ended ended = check("0 3 * * * nobody-we-know a\n", {"--system"});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, StartsWith(at(":1:11: error: the user 'nobody-we-know'")));
}

TEST_F(CheckProgramTest, AnswersInJson) {
    const Ended ended =
        check("X=1\nCRON_TZ=Asia/Tokyo\n0\t3 * * * mail me%Hi\n99 * * * * b\n", {"--json"});

    EXPECT_EQ(ended.exit_code, 1);
    const boost::json::value file = boost::json::parse(ended.out);
    EXPECT_EQ(file.at("file").as_string(), scratch.path("site.crontab"));
    EXPECT_EQ(file.at("assignments").at(0).at("name").as_string(), "X");
    ASSERT_EQ(file.at("jobs").as_array().size(), 1u);
    const boost::json::value& job = file.at("jobs").at(0);
    EXPECT_EQ(job.at("line").as_int64(), 3);
    EXPECT_EQ(job.at("name").as_string(), "site:mail-me");
    EXPECT_EQ(job.at("schedule").as_string(), "0 3 * * *");
    EXPECT_EQ(job.at("tz").as_string(), "Asia/Tokyo");
    EXPECT_EQ(job.at("command").as_string(), "mail me");
    EXPECT_EQ(job.at("input").as_string(), "Hi\n");
    ASSERT_EQ(file.at("problems").as_array().size(), 2u);
    EXPECT_EQ(file.at("problems").at(0).at("severity").as_string(), "warning");
    EXPECT_EQ(file.at("problems").at(1).at("line").as_int64(), 4);
    EXPECT_EQ(file.at("problems").at(1).at("column").as_int64(), 1);
    EXPECT_EQ(file.at("problems").at(1).at("length").as_int64(), 2);
}

TEST_F(CheckProgramTest, JsonHoldsWhatIsNoText) {
    const Ended ended = check("* * * * * echo '\xFF'\n", {"--json"});

    EXPECT_EQ(boost::json::parse(ended.out).at("jobs").at(0).at("command").as_string(),
              "echo '\\xff'");
}

TEST_F(CheckProgramTest, EntriesStandInTheZoneThatWasNamed) {
    const Ended ended = check("0 3 * * * a\n", {"--json", "--tz", "Asia/Tokyo"});

    EXPECT_EQ(boost::json::parse(ended.out).at("jobs").at(0).at("tz").as_string(), "Asia/Tokyo");
}

TEST_F(CheckProgramTest, EntriesStandInTheMachinesZoneOtherwise) {
    const std::string path = scratch.write("site.crontab", "0 3 * * * a\n");

    const Ended ended = quantum({"check", "--json", path}, {}, {"TZ=Europe/Zurich"});

    EXPECT_THAT(ended.out, HasSubstr("\"tz\":\"Europe/Zurich\""));
}

/// A terminal that the program writes to and the test reads.
class Terminal {
public:
    Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
        if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) {
            throw std::runtime_error("no pseudo-terminal");
        }
    }
    ~Terminal() { ::close(master_); }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] std::string path() const { return ::ptsname(master_); }

    /// What was written so far, with plain newlines.
    [[nodiscard]] std::string text() const {
        std::string all;
        std::array<char, 4096> buffer{};
        for (ssize_t count = 0; (count = ::read(master_, buffer.data(), buffer.size())) > 0;) {
            all.append(buffer.data(), static_cast<std::size_t>(count));
        }
        all.erase(std::remove(all.begin(), all.end(), '\r'), all.end());
        return all;
    }

private:
    int master_;
};

struct CheckTerminalTest : CheckProgramTest {
    /// What `quantum check` shows a person.
    std::string shown(const std::string& text, const Program::Environment& environment) {
        const std::string file = scratch.write("site.crontab", text);
        const Terminal terminal;
        Program program({"/bin/sh", "-c", "exec \"$0\" check \"$1\" >\"$2\"", quantum_path(), file,
                         terminal.path()},
                        {}, environment);
        EXPECT_EQ(program.wait().exit_code, 1);
        return terminal.text();
    }
};

TEST_F(CheckTerminalTest, UnderlinesWhatIsMeant) {
    const std::string text = shown("X=1\n0 24 * * * a\n", {"NO_COLOR=1"});

    EXPECT_THAT(text, StartsWith(at(":2:3: error: ")));
    EXPECT_THAT(text, HasSubstr("\n    0 24 * * * a\n      ^^\n0 jobs in 1 file: 1 error\n"));
}

TEST_F(CheckTerminalTest, IsColouredUnlessNoColorIsSet) {
    const std::string text = "0 24 * * * a\n";

    EXPECT_THAT(shown(text, {"NO_COLOR="}), HasSubstr("\x1b[1;31m"));
    EXPECT_THAT(shown(text, {"NO_COLOR=1"}), Not(HasSubstr("\x1b")));
}

struct BadInputCase {
    std::string_view name;
    std::string text;
    std::string_view part;
};

struct BadInputTest : testing::TestWithParam<BadInputCase> {};

TEST_P(BadInputTest, IsAClearErrorAndExitCodeOne) {
    const ScratchDirectory scratch;
    const std::string path = scratch.write("file", GetParam().text);

    const Ended ended = quantum({"check", path});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.out, StartsWith(path + ":"));
    EXPECT_THAT(ended.out, HasSubstr(GetParam().part));
    EXPECT_LT(ended.out.size(), 1000u);
}

std::string every_byte() {
    std::string bytes;
    for (int value = 127; value < 127 + 256; ++value) {
        bytes += static_cast<char>(value);
    }
    return bytes;
}

const BadInputCase bad_inputs[] = {
    {"Binary", every_byte(), "binary file"},
    {"LongLine", std::string(10'000'000, 'x'), "bytes; at most"},
    {"LongCommand", "* * * * * " + std::string(10'000'000, 'x') + "\n", "bytes; at most"},
    {"UnknownZone", "CRON_TZ=Mars/Base\n* * * * * a\n", "Mars/Base"},
    {"TerminalEscapes", "\x1b]0;title\x07 * * * * a\n", "error: "},
    {"Utf16", std::string("\xFF\xFE*\0 \0", 6), "UTF-16"},
};

INSTANTIATE_TEST_SUITE_P(Table, BadInputTest, testing::ValuesIn(bad_inputs),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(CheckProgramTest, WhatATerminalWouldObeyIsNotPrinted) {
    const Ended ended = check("\x1b]0;title\x07 * * * * a\nCRON_TZ=\x1b[31m\n");

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(ended.out.find('\x07'), std::string::npos);
}

TEST_F(CheckProgramTest, WhatCannotBeReadIsNamed) {
    ASSERT_EQ(::mkfifo(scratch.path("fifo").c_str(), 0600), 0);
    const std::string file = scratch.write("file", "");

    for (const std::string& path : {scratch.path("none"), scratch.path("fifo"), file + "/below",
                                    std::string("/dev/zero"), std::string("/proc/self/mem")}) {
        const Ended ended = quantum({"check", path});
        EXPECT_EQ(ended.exit_code, 1) << path;
        EXPECT_THAT(ended.err, StartsWith("quantum: " + path + ": "));
        EXPECT_EQ(ended.out, "");
    }
}

TEST_F(CheckProgramTest, AFileThatCannotBeReadDoesNotHideTheOthers) {
    const Ended ended = check("61 * * * * a\n", {scratch.path("none")});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("none"));
    EXPECT_THAT(ended.out, HasSubstr(":1:1: error: "));
}

}  // namespace
}  // namespace quantum::test
