#include "quantum/command.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace quantum {
namespace {

using namespace std::chrono_literals;

struct CheckCase {
    std::string name;
    std::function<void(Command&)> change;
    std::string message;  ///< empty: allowed
};
struct CommandCheck : testing::TestWithParam<CheckCase> {};

TEST_P(CommandCheck, SaysWhatIsAllowed) {
    Command command;
    command.argv = {"true"};
    GetParam().change(command);
    const Status checked = check_command(command);
    EXPECT_EQ(checked ? "" : checked.error().message, GetParam().message);
}

std::vector<std::pair<std::string, std::string>> variables(std::size_t count) {
    std::vector<std::pair<std::string, std::string>> list;
    for (std::size_t i = 0; i < count; ++i) list.emplace_back("V" + std::to_string(i), "x");
    return list;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandCheck,
    testing::Values(
        CheckCase{"Plain", [](Command&) {}, ""},
        CheckCase{"NoProgram", [](Command& c) { c.argv.clear(); }, "the command has no program"},
        CheckCase{"EmptyProgram",
                  [](Command& c) {
                      c.argv = {"", "x"};
                  },
                  "the command has no program"},
        CheckCase{"SecurityItem20TheLongestCommand",
                  [](Command& c) {
                      c.argv = {"a", std::string(128 * 1024 - 3, 'x')};
                  },
                  ""},
        CheckCase{"SecurityItem20OneByteMore",
                  [](Command& c) {
                      c.argv = {"a", std::string(128 * 1024 - 2, 'x')};
                  },
                  "the command has 131073 bytes, at most 131072 are allowed"},
        CheckCase{"SecurityItem20TheMostVariables",
                  [](Command& c) { c.environment = variables(1000); }, ""},
        CheckCase{"SecurityItem20OneVariableMore",
                  [](Command& c) { c.environment = variables(1001); },
                  "environment: has 1001 variables, at most 1000 are allowed"},
        CheckCase{"SecretsCountToo",
                  [](Command& c) {
                      c.environment = variables(1000);
                      c.secrets = {{"TOKEN", "token"}};
                  },
                  "environment: has 1001 variables, at most 1000 are allowed"},
        CheckCase{"NamelessVariable",
                  [](Command& c) {
                      c.environment = {{"", "x"}};
                  },
                  "environment: a variable has no name"},
        CheckCase{"NameWithEquals",
                  [](Command& c) {
                      c.environment = {{"A=B", "x"}};
                  },
                  "environment: the name 'A=B' contains '='"},
        CheckCase{"SecretPath",
                  [](Command& c) {
                      c.secrets = {{"A", "/etc/key"}};
                  },
                  ""},
        CheckCase{"SecretOutsideItsDirectory",
                  [](Command& c) {
                      c.secrets = {{"A", "../shadow"}};
                  },
                  "secret '../shadow': must be an absolute path, or a name without '/' that "
                  "does not start with '.'"},
        CheckCase{"UserWithBlank", [](Command& c) { c.user = "a b"; },
                  "user: 'a b' contains a space, a control character or a ':'"},
        CheckCase{"NoTime", [](Command& c) { c.timeout = 0s; }, "timeout: must be positive"},
        CheckCase{"NegativeKillAfter", [](Command& c) { c.kill_after = -1s; },
                  "kill_after: must not be negative"},
        CheckCase{"Umask", [](Command& c) { c.file_mode_mask = 01000; },
                  "umask: must be 0 to 0777"},
        CheckCase{"Nice", [](Command& c) { c.nice = 20; }, "nice: is 20, must be -20 to 19"},
        CheckCase{"NoSuccess", [](Command& c) { c.success_codes.clear(); },
                  "success_codes: must not be empty"},
        CheckCase{"SuccessBeyondAByte",
                  [](Command& c) {
                      c.success_codes = {0, 256};
                  },
                  "success_codes: contains 256, must be 0 to 255"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace quantum
