// The smaller parts of the API by themselves.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/instant.hpp"
#include "server/known_answers.hpp"
#include "server/name_distance.hpp"
#include "server/target.hpp"
#include "server/tokens.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

TEST(TargetTest, IsSplitBeforeItIsDecoded) {
    const auto target = parse_target("/v1/jobs/a%2Fb%20c?tag=x%26y&q=a+b&flag");
    ASSERT_TRUE(target);
    EXPECT_THAT(target->path, ElementsAre("v1", "jobs", "a/b c"));
    EXPECT_THAT(target->query, ElementsAre(Pair("tag", "x&y"), Pair("q", "a b"), Pair("flag", "")));
}

TEST(TargetTest, WhatIsNoneIsRefused) {
    for (const char* text : {"", "v1", "//", "/v1//jobs", "/v1/%", "/v1/%2", "/v1/%zz", "/a%00b",
                             "*", "http://x/v1"}) {
        EXPECT_FALSE(parse_target(text)) << text;
    }
}

TEST(TargetTest, ASegmentComesBackAsItWent) {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    const auto target = parse_target("/" + encode_segment(all));
    ASSERT_TRUE(target);
    EXPECT_THAT(target->path, ElementsAre(all));
    for (std::size_t size = 0; size < 20; ++size) {
        EXPECT_EQ(decode_cursor(encode_cursor(all.substr(0, size))), all.substr(0, size));
    }
    EXPECT_FALSE(decode_cursor("a!"));
}

TEST(InstantTest, IsReadAsRfc3339HasIt) {
    EXPECT_EQ(parse_instant("1970-01-02T00:00:00Z"), WallTime(24h));
    EXPECT_EQ(parse_instant("1970-01-02T01:00:00.25+01:00"), WallTime(24h + 250ms));
    for (const char* text :
         {"", "1970-01-02", "1970-01-02 00:00:00Z", "1970-02-30T00:00:00Z", "1970-01-02T24:00:00Z",
          "1970-01-02T00:00:00", "1970-01-02T00:00:00Zx"}) {
        EXPECT_FALSE(parse_instant(text)) << text;
    }
}

std::vector<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names) {
    NearestNames near(wanted, 3);
    for (const std::string& name : names) near.look_at(name);
    return near.take();
}

TEST(NearestNamesTest, AreThoseThatMayHaveBeenMeant) {
    EXPECT_THAT(nearest("load-order", {"reload", "load-orders", "load-users", "xyz"}),
                testing::Contains("load-orders"));
    EXPECT_EQ(nearest("load-order", {"load-users", "load-orders"}).front(), "load-orders");
    EXPECT_THAT(nearest("backup", {"zzz", "completely-different"}), IsEmpty());
    EXPECT_LE(nearest("a", {"b", "c", "d", "e", "f"}).size(), 3u);
}

TEST(KnownAnswersTest, AreForgottenAfterADayAndBeyondTenThousand) {
    KnownAnswers answers;
    Response found;
    BootTime now{};
    using Found = KnownAnswers::Found;
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::nothing);
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::under_way);
    answers.settle("a", "key", {.body = "done"});
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::answer);
    EXPECT_EQ(found.body, "done");
    EXPECT_EQ(answers.find("a", "key", "other", now, found), Found::reused);
    EXPECT_EQ(answers.find("b", "key", "other", now, found), Found::nothing);
    now += KnownAnswers::kept;
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::nothing);
    answers.settle("a", "key", {.status = 504});
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::nothing) << "nobody knows";
    for (std::size_t i = 0; i < KnownAnswers::most; ++i) {
        static_cast<void>(answers.find("c", std::to_string(i), "r", now, found));
    }
    answers.settle("a", "key", {});
    EXPECT_EQ(answers.find("a", "key", "r", now, found), Found::nothing);
}

TEST(TokensTest, AreKeptAsHashesOnly) {
    const ScratchDirectory scratch;
    auto tokens = Tokens::open(scratch.path(""));
    ASSERT_TRUE(tokens) << tokens.error().message;
    const auto value = tokens->add("ci", Role::operate, WallTime(2h), WallTime(1h));
    ASSERT_TRUE(value) << value.error().message;
    std::ifstream file(scratch.path("tokens"));
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("ci operate "));
    EXPECT_THAT(text.str(), Not(HasSubstr(value->substr(3))));
    auto again = Tokens::open(scratch.path(""));
    ASSERT_TRUE(again);
    const Token* const known = again->find(*value, WallTime(1h));
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->role, Role::operate);
    EXPECT_EQ(known->expires, WallTime(2h));
    EXPECT_EQ(again->find(*value, WallTime(2h)), nullptr);
    ASSERT_TRUE(again->remove("ci"));
    EXPECT_EQ(Tokens::open(scratch.path(""))->all().size(), 0u);
}

TEST(TokensTest, AFileThatIsNoneIsNotOverwritten) {
    const ScratchDirectory scratch;
    scratch.write("tokens", "this is no token\n");
    std::filesystem::permissions(scratch.path("tokens"), std::filesystem::perms(0600));
    const auto tokens = Tokens::open(scratch.path(""));
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace quantum::server
