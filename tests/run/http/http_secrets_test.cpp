// What is kept of an answer, and that no secret of a request is ever in it.
#include <string>
#include <vector>

#include <sys/stat.h>

#include "run/http/http_fixture.hpp"
#include "run/output/output_capture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

struct HttpOutputTest : HttpTest {
    ScratchDirectory scratch;

    HttpOutputTest() {
        mkdir(scratch.path("secrets").c_str(), 0700);
        make_runner({});
    }
    void make_runner(const OutputOptions& output) {
        runner.emplace(loop, *clock,
                       HttpRunnerOptions{.output = {.keep = true,
                                                    .spool_directory = output.spool_directory,
                                                    .log = output.log},
                                         .secrets_directory = scratch.path("secrets")});
    }
    void secret(const std::string& name, const std::string& text) const {
        chmod(scratch.write("secrets/" + name, text).c_str(), 0600);
    }
};

TEST_F(HttpOutputTest, TheBodyIsKeptAsItCame) {
    const std::string body = std::string("one\n\0\xFF\n", 7) + "no newline at the end";
    HttpServer server(loop, always(reply("200 OK", body)));
    const RunRecord record = send(server.url("/"));
    expect_succeeded(record);
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, body);
    EXPECT_EQ(record.kept->tail, "");
    EXPECT_EQ(record.kept->bytes, body.size());
}

TEST_F(HttpOutputTest, ALongBodyIsCutAsThatOfACommand) {
    const std::size_t kept = OutputCapture::head_limit + OutputCapture::tail_limit;
    const std::string body =
        "begin" + std::string(2 * kept, '.') + "end";  // more than twice of what is kept
    HttpServer server(loop, always(reply("200 OK", body)));
    make_runner({.spool_directory = scratch.path("spool")});
    const RunRecord record = send(server.url("/"));
    expect_succeeded(record);
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->bytes, body.size());
    EXPECT_EQ(record.kept->head, body.substr(0, OutputCapture::head_limit));
    EXPECT_EQ(record.kept->tail, body.substr(body.size() - OutputCapture::tail_limit));
}

TEST_F(HttpOutputTest, TheBodyOfAFailureIsKeptToo) {
    HttpServer server(loop, always(reply("500 Oops", "database is down\n")));
    const RunRecord record = send(server.url("/"));
    expect_failed(record, "database is down");
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "database is down\n");
}

TEST_F(HttpOutputTest, LinesFasterThanALogTakesAreKeptAndLeftOutThere) {
    std::string body;
    for (int i = 0; i < 10'000; ++i) body += "a line of the answer\n";
    HttpServer server(loop, always(reply("200 OK", body)));
    make_runner({.log = std::make_shared<LogShares>(LineRate{.bytes_a_second = 1, .burst = 2000})});
    const RunRecord record = send(server.url("/"));
    expect_succeeded(record);
    EXPECT_LT(record.output.size(), 20U);
    EXPECT_EQ(record.output.size() + record.lines_left_out, 10'000U);
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->bytes, body.size());
}

TEST_F(HttpOutputTest, SecurityItem28ASecretIsSentAndNotShown) {
    secret("api-token", "s3cret-value\n");
    HttpServer server(loop, always(reply("403 s3cret-value", "you sent s3cret-value, no\n",
                                         "Location: /s3cret-value\r\n")));
    HttpRequest request{.url = server.url("/")};
    request.secret_headers = {{"Authorization", "api-token", "Bearer "}};
    request.redirects = 0;
    const RunRecord record = send(request);

    EXPECT_TRUE(contains(server.requests().at(0), "\r\nAuthorization: Bearer s3cret-value\r\n"));
    expect_failed(record, "status 403 ***, expected 200-299: you sent ***, no");
    EXPECT_EQ(record.outcome.result, "403 ***");
    EXPECT_EQ(record.output, std::vector<std::string>{"you sent ***, no"});
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "you sent ***, no\n");
}

TEST_F(HttpOutputTest, SecurityItem28ASecretIsMaskedWhereTheQuotedLineIsCut) {
    secret("api-token", "s3cret-value");
    for (std::size_t before = 185; before < 201; ++before) {
        HttpServer server(loop,
                          always(reply("500 Oops", std::string(before, '.') + "s3cret-value")));
        HttpRequest request{.url = server.url("/")};
        request.secret_headers = {{"X-Key", "api-token"}};
        const RunRecord record = send(request);
        EXPECT_FALSE(contains(record.outcome.reason, "s3")) << record.outcome.reason;
    }
}

TEST_F(HttpOutputTest, SecurityItem28WhereARedirectLeadsIsMasked) {
    secret("api-token", "s3cret-value");
    HttpServer server(loop, always(reply("302 Found", "", "Location: ftp://h/s3cret-value\r\n")));
    HttpRequest request{.url = server.url("/")};
    request.secret_headers = {{"X-Key", "api-token"}};
    const RunRecord record = send(request);
    expect_failed(record, "cannot be followed");
    EXPECT_FALSE(contains(record.outcome.reason, "s3cret")) << record.outcome.reason;
}

TEST_F(HttpOutputTest, SecurityItem31ASecretIsNeverSentToAnotherOrigin) {
    secret("accept", "s3cret-value");
    HttpServer other(loop, always(reply("200 OK", "here")));
    HttpServer server(loop, always(reply("302 Found", "", "Location: " + other.url("/") + "\r\n")));
    HttpRequest request{.url = server.url("/")};
    request.local_redirects = true;
    // Also not under a name that other origins are told.
    request.secret_headers = {{"X-Key", "accept"}, {"Accept-Language", "accept"}};
    expect_succeeded(send(request));
    EXPECT_TRUE(contains(server.requests().at(0), "X-Key: s3cret-value"));
    EXPECT_TRUE(contains(server.requests().at(0), "Accept-Language: s3cret-value"));
    ASSERT_EQ(other.requests().size(), 1U);
    EXPECT_FALSE(contains(other.requests()[0], "s3cret")) << other.requests()[0];
}

TEST_F(HttpOutputTest, AMissingSecretFailsTheRunAndNothingIsSent) {
    HttpServer server(loop, always(reply("200 OK")));
    HttpRequest request{.url = server.url("/")};
    request.secret_headers = {{"X-Key", "nothing"}};
    expect_failed(send(request), "cannot read the secret 'nothing': ");
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpOutputTest, ASecretThatWouldBeginAnotherHeaderFailsTheRun) {
    secret("two-lines", "a\nX-Evil: 1\n");
    HttpServer server(loop, always(reply("200 OK")));
    HttpRequest request{.url = server.url("/")};
    request.secret_headers = {{"X-Key", "two-lines"}};
    const RunRecord record = send(request);
    expect_failed(record, "the secret 'two-lines' contains a line break");
    EXPECT_FALSE(contains(record.outcome.reason, "Evil"));
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpOutputTest, SecurityItem28ASecretInTheHandsOfOthersIsRefused) {
    secret("open", "s3cret-value");
    chmod(scratch.path("secrets/open").c_str(), 0644);
    HttpServer server(loop, always(reply("200 OK")));
    HttpRequest request{.url = server.url("/")};
    request.secret_headers = {{"X-Key", "open"}};
    expect_failed(send(request), "cannot read the secret 'open': ");
    EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace quantum::run
