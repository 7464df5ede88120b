#include "model/url.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace quantum {
namespace {

struct GoodUrl {
    const char* text;
    model::HttpUrl url;
    const char* authority;
};

TEST(HttpUrlText, IsTakenApart) {
    const GoodUrl rows[] = {
        {"http://example.org", {false, "example.org", 80, "/"}, "example.org"},
        {"HTTPS://Example.ORG/A?b=C#d", {true, "example.org", 443, "/A?b=C"}, "example.org"},
        {"https://h:8443?x", {true, "h", 8443, "/?x"}, "h:8443"},
        {"http://h:443/", {false, "h", 443, "/"}, "h:443"},
        {"https://[::1]/x", {true, "::1", 443, "/x"}, "[::1]"},
        {"http://[FE80::1]:80#f", {false, "fe80::1", 80, "/"}, "[fe80::1]"},
        {"http://a_b.c-d/%20?q=a/b@c:d", {false, "a_b.c-d", 80, "/%20?q=a/b@c:d"}, "a_b.c-d"},
        {"http://127.0.0.1:65535//a/../b",
         {false, "127.0.0.1", 65535, "//a/../b"},
         "127.0.0.1:65535"},
    };
    for (const auto& row : rows) {
        const auto url = model::parse_http_url(row.text);
        ASSERT_TRUE(url) << row.text << ": " << url.error().message;
        EXPECT_EQ(*url, row.url) << row.text;
        EXPECT_EQ(url->authority(), row.authority);
        EXPECT_EQ(*model::parse_http_url(url->text()), *url) << "its text reads as itself";
    }
}

TEST(HttpUrlText, IsRefusedWithTheReason) {
    const std::pair<std::string, const char*> rows[] = {
        {"", "url: must not be empty"},
        {"example.org", "does not begin with http:// or https://"},
        {"ftp://example.org", "'ftp://example.org' does not begin with http"},
        {"http:/example.org", "does not begin with http"},
        {"http://", "has no host"},
        {"http:///path", "has no host"},
        {"http://u:p@example.org/", "credentials belong in an Authorization header"},
        {"http://example.org:0/", "port '0' is not one of 1 to 65535"},
        {"http://example.org:65536/", "port '65536'"},
        {"http://example.org:/", "port ''"},
        {"http://example.org:80x/", "port '80x'"},
        {"http://::1/", "must be in brackets"},
        {"http://[::1/", "'[' without ']'"},
        {"http://[::g]/", "'::g' is not an IPv6 address"},
        {"http://[fe80::1%25eth0]/", "not an IPv6 address"},
        {"http://[::1]x/", "'x' after the address"},
        {"http://exa mple.org/", "byte 11 is a space; write it as %20"},
        {"http://example.org/a b", "byte 21 is a space"},
        {"http://example.org/a\r\nX: y", "byte 21 is a control character"},
        {std::string("http://example.org/\0", 20), "byte 20 is a control character"},
        {"http://bücher.example/", "not ASCII"},
        {"http://exam!ple.org/", "'!' in the host name"},
        {"http://" + std::string(254, 'a') + "/", "longer than 253"},
        {"http://h/" + std::string(8000, 'a'), "has 8009 bytes, at most 8000"},
    };
    for (const auto& [text, why] : rows) {
        const auto url = model::parse_http_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(url.error().message.find(why), std::string::npos)
            << text << ": " << url.error().message;
    }
}

// The examples of RFC 3986, section 5.4, of base http://a/b/c/d;p?q, as far as they are http.
TEST(HttpUrlReference, LeadsWhereTheStandardSays) {
    const model::HttpUrl base{false, "a", 80, "/b/c/d;p?q"};
    const std::pair<const char*, const char*> rows[] = {
        {"http://g", "http://g/"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"/a b/ü", "http://a/a%20b/%C3%BC"},
        {"https://B:444/x", "https://b:444/x"},
    };
    for (const auto& [reference, expected] : rows) {
        const auto url = model::resolve_http_url(base, reference);
        ASSERT_TRUE(url) << reference << ": " << url.error().message;
        EXPECT_EQ(url->text(), expected) << reference;
    }
}

TEST(HttpUrlReference, IsRefusedWhereItCannotBeFollowed) {
    const model::HttpUrl base{true, "a", 443, "/"};
    for (const char* reference : {"ftp://x/", "file:///etc/passwd", "javascript:alert(1)",
                                  "http://u@h/", "//h:0/", "/x\r\nHost: evil", "\t/x"}) {
        EXPECT_FALSE(model::resolve_http_url(base, reference)) << reference;
    }
}

}  // namespace
}  // namespace quantum
