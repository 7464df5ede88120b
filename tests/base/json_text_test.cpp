// JSON that is appended as text: valid whatever the bytes are.
#include "base/json_text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

std::string json_of(std::string_view value) {
    std::string out;
    append_json_text(out, value);
    return out;
}

TEST(JsonTextTest, WhatATerminalWouldObeyIsEscaped) {
    EXPECT_EQ(json_of("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
    EXPECT_EQ(json_of("\x1b[31m"), R"("\u001b[31m")");
    EXPECT_EQ(json_of("\xe2\x80\xae"), R"("\u202e")");            // written from right to left
    EXPECT_EQ(json_of("\xf3\xa0\x80\x81"), R"("\udb40\udc01")");  // a tag, beyond 16 bits
    EXPECT_EQ(json_of("\xc3\xa9 \xe6\x97\xa5"), "\"\xc3\xa9 \xe6\x97\xa5\"");
}

TEST(JsonTextTest, BytesThatAreNoTextAreToldApart) {
    EXPECT_EQ(json_of("a\xff\xc3"), R"("a\\xff\\xc3")");
    std::string out;
    EXPECT_FALSE(append_json(out, "a\xff"));
    EXPECT_EQ(out, R"("a\ufffd")");
    EXPECT_TRUE(append_json(out, "plain"));
}

TEST(JsonTextTest, MembersAndElementsAreSeparated) {
    std::string out;
    JsonObject object(out);
    object.text("name", "x");
    object.number("count", -3);
    object.boolean("good", true);
    object.null("none");
    object.key("list");
    JsonArray list(out);
    list.text("a");
    list.element();
    out += "1";
    list.end();
    object.end();
    EXPECT_EQ(out, R"({"name":"x","count":-3,"good":true,"none":null,"list":["a",1]})");
}

}  // namespace
}  // namespace quantum::base
