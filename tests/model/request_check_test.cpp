#include "model/request_check.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/job.hpp"

namespace quantum {
namespace {

HttpRequest request_with(const std::string& name, const std::string& value) {
    HttpRequest request{.url = "https://example.org/"};
    request.headers = {{name, value}};
    return request;
}

TEST(RequestCheck, TakesWhatCanBeSent) {
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer abc"},
                                                          {"X-Empty", ""},
                                                          {"X-Bytes", "caf\xC3\xA9\tb"},
                                                          {"Host", "other.example"},
                                                          {"!#$%&'*+-.^_`|~", "odd, but a name"}}) {
        EXPECT_TRUE(model::check_http_request(request_with(name, value))) << name;
    }
    EXPECT_TRUE(model::check_http_request({.url = "http://127.0.0.1/", .method = "M-SEARCH"}));
}

TEST(RequestCheck, RefusesHeadersThatWouldBeginAnother) {
    for (const auto& value : std::vector<std::string>{"a\r\nX-Evil: 1", "a\nb", "a\rb",
                                                      std::string("a\0b", 3), "a\x7F"}) {
        const auto checked = model::check_http_request(request_with("X-Token", value));
        ASSERT_FALSE(checked);
        EXPECT_NE(checked.error().message.find("header 'X-Token': byte 2 of the value is a "),
                  std::string::npos)
            << checked.error().message;
    }
    for (const char* name : {"", "X Y", "X:", "X\r\n", "X\xC3\xA9", "(x)"}) {
        EXPECT_FALSE(model::check_http_request(request_with(name, "v"))) << name;
    }
}

TEST(RequestCheck, ChecksSecretHeadersAsTheOthers) {
    const HttpRequest good{.url = "http://h/"};
    const std::pair<SecretHeader, const char*> rows[] = {
        {{"X Y", "token"}, "headers: a name must be"},
        {{"Content-Length", "token"}, "is set by the program itself"},
        {{"X-Key", "token", "a\nb"}, "header 'X-Key': byte 2 of the value is a line break"},
        {{"X-Key", "a/b"}, "secret_headers: secret 'a/b': must be an absolute path, or a name"},
        {{"X-Key", ""}, "secret_headers: secret '': must be an absolute path, or a name"},
    };
    for (const auto& [header, reason] : rows) {
        HttpRequest request = good;
        request.secret_headers = {header};
        const auto checked = model::check_http_request(request);
        ASSERT_FALSE(checked) << reason;
        EXPECT_NE(checked.error().message.find(reason), std::string::npos)
            << checked.error().message;
    }
    HttpRequest request = good;
    request.secret_headers = {{"Authorization", "api-token", "Bearer "}, {"X-Key", "/run/key"}};
    EXPECT_TRUE(model::check_http_request(request));
}

TEST(RequestCheck, KeepsFramingToItself) {
    for (const char* name : {"Content-Length", "transfer-encoding", "CONNECTION", "Upgrade", "TE",
                             "Trailer", "Expect", "Keep-Alive", "Proxy-Connection"}) {
        const auto checked = model::check_http_request(request_with(name, "1"));
        ASSERT_FALSE(checked) << name;
        EXPECT_NE(checked.error().message.find("is set by the program itself"), std::string::npos);
    }
}

TEST(RequestCheck, NeverShowsWhatAHeaderHolds) {
    const auto checked =
        model::check_http_request(request_with("Authorization", "Bearer s3cret\n"));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message.find("s3cret"), std::string::npos);
}

TEST(RequestCheck, NamesThePartThatIsWrong) {
    using std::chrono::seconds;
    const HttpRequest good{.url = "http://h/"};
    const std::pair<std::function<void(HttpRequest&)>, const char*> rows[] = {
        {[](HttpRequest& r) { r.url = "h"; }, "url: "},
        {[](HttpRequest& r) { r.method = "get"; }, "method: must be an uppercase word"},
        {[](HttpRequest& r) { r.method = "GET /x"; }, "method: "},
        {[](HttpRequest& r) { r.method = ""; }, "method: "},
        {[](HttpRequest& r) { r.method = "CONNECT"; }, "method: CONNECT"},
        {[](HttpRequest& r) { r.method = "TRACE"; }, "method: TRACE"},
        {[](HttpRequest& r) { r.timeout = seconds(0); }, "timeout: must be positive"},
        {[](HttpRequest& r) { r.redirects = 51; }, "redirects: at most 50"},
        {[](HttpRequest& r) { r.expected_status = {}; }, "expected status: must not be empty"},
        {[](HttpRequest& r) {
             r.expected_status = {{100, 200}};
         },
         "within 200 to 599"},
        {[](HttpRequest& r) {
             r.expected_status = {{300, 200}};
         },
         "within 200 to 599"},
        {[](HttpRequest& r) {
             r.expected_status = {{200, 600}};
         },
         "within 200 to 599"},
        {[](HttpRequest& r) {
             r.headers = {{"A", std::string(16 * 1024, 'x')}};
         },
         "at most 16384 are allowed"},
        {[](HttpRequest& r) { r.body = std::string(16 * 1024 * 1024 + 1, 'x'); },
         "body: is larger than 16 MiB"},
    };
    for (const auto& [spoil, why] : rows) {
        HttpRequest request = good;
        spoil(request);
        Job job;
        const auto set = job.set_task(request);
        ASSERT_FALSE(set) << why;
        EXPECT_NE(set.error().message.find(why), std::string::npos) << set.error().message;
    }
    Job job;
    EXPECT_TRUE(job.set_task(good));
}

}  // namespace
}  // namespace quantum
