// docs/operating/api.md against the tables that the program dispatches by.

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "server/problem.hpp"
#include "server/routes.hpp"
#include "support/paths.hpp"

namespace quantum::server {
namespace {

std::string page() {
    std::ifstream file(test::test_data("../../docs/operating/api.md"));
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty());
    return text.str();
}

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->`.
std::string block(const std::string& text, const std::string& name) {
    const std::string begin = "<!-- " + name + " -->\n";
    const std::size_t from = text.find(begin);
    const std::size_t to = text.find("<!-- /" + name + " -->");
    if (from == std::string::npos || to == std::string::npos) return {};
    return text.substr(from + begin.size(), to - from - begin.size());
}

std::string role_text(Role role) {
    return role == Role::none ? "anybody" : "`" + std::string(to_string(role)) + "`";
}

void append_fields(std::string& out, const Route& route, std::span<const RouteField> fields,
                   std::string_view where) {
    for (const RouteField& field : fields) {
        out += "| `" + std::string(to_string(route.method)) + ' ' + std::string(route.pattern) +
               "` | " + std::string(where) + " | `" + std::string(field.name) + "` | " +
               std::string(field.type) + " | " + std::string(field.help) + " |\n";
    }
}

std::string routes_text() {
    std::string out = "| route | role | |\n|---|---|---|\n";
    for (const Route& route : all_routes()) {
        out += "| `" + std::string(to_string(route.method)) + ' ' + std::string(route.pattern) +
               "` | " + role_text(route.role) + " | " + std::string(route.summary) + " |\n";
    }
    out += "\n| route | in | parameter | type | |\n|---|---|---|---|---|\n";
    for (const Route& route : all_routes()) {
        append_fields(out, route, route.query, "query");
        append_fields(out, route, route.body, "body");
    }
    return out;
}

std::string problems_text() {
    std::string out = "| status | name | |\n|---|---|---|\n";
    for (std::size_t kind = 0; kind < problem_kinds; ++kind) {
        const ProblemWords& words = words_of(static_cast<ProblemKind>(kind));
        out += "| " + std::to_string(words.status) + " | `" + std::string(words.name) + "` | " +
               std::string(words.title) + " |\n";
    }
    return out;
}

TEST(ApiPage, HasTheRoutesAndProblemsOfTheProgram) {
    const std::string text = page();
    EXPECT_EQ(block(text, "routes"), routes_text());
    EXPECT_EQ(block(text, "problems"), problems_text());
}

}  // namespace
}  // namespace quantum::server
