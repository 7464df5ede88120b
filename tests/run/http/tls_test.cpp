#include <chrono>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "run/http/http_fixture.hpp"
#include "support/hanging_file.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

HttpReply hello(const std::string&) { return reply("200 OK", "hello"); }

struct TlsTest : HttpTest {
    ScratchDirectory scratch;

    /// A request that trusts nobody but this certificate.
    HttpRequest trusting(const Certificate& certificate, const std::string& url) {
        HttpRequest request{.url = url};
        request.ca_file = scratch.write("ca.pem", certificate.certificate);
        return request;
    }
};

TEST_F(TlsTest, ReachesAServerWhoseCertificateIsTrustedAndForItsName) {
    const Certificate certificate = make_certificate("DNS:localhost,IP:127.0.0.1");
    HttpServer server(loop, hello, certificate);
    for (const char* host : {"localhost", "127.0.0.1", "LOCALHOST"}) {
        const RunRecord record = send(trusting(certificate, server.url("/", host)));
        expect_succeeded(record);
        EXPECT_EQ(record.output, std::vector<std::string>{"hello"});
    }
}

TEST_F(TlsTest, RefusesACertificateThatNobodyTrusts) {
    HttpServer server(loop, hello, make_certificate("DNS:localhost"));
    const std::string url = server.url("/", "localhost");
    expect_failed(send(url), "is not trusted: self-signed certificate");
    expect_failed(send(trusting(make_certificate("DNS:localhost"), url)), "is not trusted: ");
    EXPECT_TRUE(server.requests().empty()) << "nothing was sent";
}

TEST_F(TlsTest, RefusesACertificateForAnotherName) {
    for (const char* names : {"DNS:other.example", "DNS:*.localhost", "IP:127.0.0.2"}) {
        const Certificate certificate = make_certificate(names);
        HttpServer server(loop, hello, certificate);
        expect_failed(send(trusting(certificate, server.url("/", "localhost"))),
                      "is not valid for 'localhost'");
        expect_failed(send(trusting(certificate, server.url("/"))), "is not valid for '127.0.0.1'");
        EXPECT_TRUE(server.requests().empty());
    }
}

TEST_F(TlsTest, RefusesACertificateThatHasACommonNameOnly) {
    const Certificate certificate = make_certificate("", 86'400, "localhost");
    HttpServer server(loop, hello, certificate);
    expect_failed(send(trusting(certificate, server.url("/", "localhost"))),
                  "is not valid for 'localhost', which is none of its subject alternative names");
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, SecurityItem16NeitherWaitsForCertificatesNorTakesThemFromOthers) {
    const Certificate certificate = make_certificate("DNS:localhost");
    HttpServer server(loop, hello, certificate);
    HttpRequest request{.url = server.url("/", "localhost")};
    request.ca_file = scratch.path("fifo");
    ASSERT_EQ(mkfifo(request.ca_file.c_str(), 0600), 0);
    expect_failed(send(request), "is a FIFO");
    if (geteuid() != 0) return;
    request = trusting(certificate, request.url);
    ASSERT_EQ(chown(request.ca_file.c_str(), 65534, 65534), 0);
    expect_failed(send(request), "is owned by uid 65534");
}

TEST_F(TlsTest, RefusesACertificateThatHasExpired) {
    const Certificate certificate = make_certificate("DNS:localhost", 60);
    HttpServer server(loop, hello, certificate);
    expect_failed(send(trusting(certificate, server.url("/", "localhost"))),
                  "is not trusted: certificate has expired");
}

TEST_F(TlsTest, SaysWhenTheOtherSideSpeaksNone) {
    HttpServer plain(loop, hello);
    expect_failed(send("https://127.0.0.1:" + std::to_string(plain.port()) + "/"),
                  "the server does not speak TLS");

    HttpServer tls(loop, hello, make_certificate("DNS:localhost"));
    const RunRecord record = send("http://127.0.0.1:" + std::to_string(tls.port()) + "/");
    EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
    EXPECT_TRUE(record.output.empty());
}

TEST_F(TlsTest, SaysWhichCertificateFileCannotBeRead) {
    HttpServer server(loop, hello, make_certificate("DNS:localhost"));
    HttpRequest request{.url = server.url("/", "localhost")};
    request.ca_file = scratch.path("none.pem");
    expect_failed(send(request), "ca_file '" + request.ca_file + "': no certificates can be read");
    request.ca_file = scratch.write("junk.pem", "junk");
    expect_failed(send(request), "ca_file '" + request.ca_file + "': no certificates can be read");
}

TEST_F(TlsTest, AHandshakeThatNeverEndsTimesOut) {
    HttpServer silent(loop, [](const std::string&) {
        return HttpReply{.bytes = "", .then = HttpReply::Then::hold};
    });
    // A small certificate file: a busy machine takes its time over those of the system.
    HttpRequest request = trusting(make_certificate("DNS:localhost"),
                                   "https://127.0.0.1:" + std::to_string(silent.port()) + "/");
    request.timeout = 500ms;
    const RunRecord record = send(request);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
    EXPECT_TRUE(contains(record.outcome.reason, "while in the TLS handshake with 127.0.0.1:"))
        << record.outcome.reason;
}

TEST_F(TlsTest, ABodyUpToTheEndIsWholeOnlyWhereTheEndWasMeant) {
    const Certificate certificate = make_certificate("DNS:localhost");
    HttpServer server(
        loop,
        [](const std::string&) { return HttpReply{.bytes = "HTTP/1.1 200 OK\r\n\r\nall of it"}; },
        certificate);
    const RunRecord record = send(trusting(certificate, server.url("/", "localhost")));
    expect_succeeded(record);
    EXPECT_EQ(record.output, std::vector<std::string>{"all of it"});
}

TEST_F(TlsTest, NoRedirectLeadsFromHttpsToHttp) {
    HttpServer plain(loop, hello);
    const std::string target = plain.url("/");
    const Certificate certificate = make_certificate("DNS:localhost");
    HttpServer server(
        loop,
        [&target](const std::string&) {
            return reply("302 Found", "", "Location: " + target + "\r\n");
        },
        certificate);
    HttpRequest request = trusting(certificate, server.url("/", "localhost"));
    request.local_redirects = true;
    expect_failed(send(request),
                  "leads to " + target + "; redirects from https to http are not followed");
    EXPECT_EQ(plain.connections(), 0U);
}

// As on a dead file server: nothing tells the open to return.
TEST_F(TlsTest, ACertificateFileThatHangsHoldsUpNoOtherRequest) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can make a file hang";
    const Certificate certificate = make_certificate("DNS:localhost");
    HttpServer secure(loop, hello, certificate);
    HttpServer plain(loop, hello);
    const HttpRequest waiting = trusting(certificate, secure.url("/", "localhost"));
    HangingFile file(waiting.ca_file);
    if (!file.hangs()) GTEST_SKIP() << "this kernel lets no program decide about opens";
    const Execution execution = execution_of(waiting);
    runner->start(std::span(&execution, 1), recorder);
    const auto begin = std::chrono::steady_clock::now();
    expect_succeeded(send(plain.url("/")));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(recorder.of(execution).finished, 0);

    runner->stop(execution.id, StopSignal::terminate);
    EXPECT_TRUE(run_until_finished(2));
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(recorder.of(execution).outcome.reason, "terminated while reading certificates");
    runner.reset();  // does not wait for it either
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(TlsTest, ASecretThatHangsHoldsUpNoOtherRequest) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can make a file hang";
    HttpServer plain(loop, hello);
    HttpRequest waiting{.url = plain.url("/")};
    const std::string secret = scratch.write("token", "secret");
    chmod(secret.c_str(), 0600);
    waiting.secret_headers = {{.header = "Authorization", .secret = secret, .before = ""}};
    waiting.timeout = 500ms;
    HangingFile file(secret);
    if (!file.hangs()) GTEST_SKIP() << "this kernel lets no program decide about opens";
    const Execution execution = execution_of(waiting);
    runner->start(std::span(&execution, 1), recorder);
    expect_succeeded(send(plain.url("/")));
    EXPECT_EQ(recorder.of(execution).finished, 0);
    EXPECT_TRUE(run_until_finished(2));
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::timed_out);
    EXPECT_EQ(recorder.of(execution).started, 0);
}

}  // namespace
}  // namespace quantum::run
