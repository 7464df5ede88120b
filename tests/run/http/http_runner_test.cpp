#include "run/http/http_runner.hpp"

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <unistd.h>

#include "quantum/http.hpp"
#include "quantum/http_request.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/storage/memory_storage.hpp"

#include "run/http/http_fixture.hpp"
#include "run/task_runner.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct HttpRunnerTest : HttpTest {};

TEST_F(HttpRunnerTest, AnAnswersBodyIsTheOutputAndItsStatusTheResult) {
    HttpServer server(loop, always(reply("200 Fine", "one\ntwo\nthree")));
    const RunRecord record = send(server.url("/path?q=1"));
    expect_succeeded(record);
    EXPECT_EQ(record.outcome.result, "200 Fine");
    EXPECT_EQ(record.output, (std::vector<std::string>{"one", "two", "three"}));
    EXPECT_TRUE(record.errors.empty());
    EXPECT_EQ(record.pid, 0);
    EXPECT_GT(record.outcome.duration, Duration::zero());
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_TRUE(server.requests()[0].starts_with("GET /path?q=1 HTTP/1.1\r\n"));
}

TEST_F(HttpRunnerTest, TheServerIsToldWhichExecutionItIs) {
    HttpServer server(loop, always(reply("204 No Content")));
    expect_succeeded(send(HttpRequest{.url = server.url("/")}, "nightly"));
    const std::string& sent = server.requests().at(0);
    for (const std::string& line :
         {"Host: 127.0.0.1:" + std::to_string(server.port()), std::string("Connection: close"),
          std::string("Quantum-Job: nightly"), std::string("Quantum-Attempt: 1"),
          std::string("Quantum-Due: 2025-11-22T00:05:00"), std::string("Quantum-Execution-Id: "),
          std::string("User-Agent: quantum/"), std::string("Accept: */*")}) {
        EXPECT_TRUE(contains(sent, "\r\n" + line)) << line << " in " << sent;
    }
}

TEST_F(HttpRunnerTest, MethodHeadersAndBodyAreSentAsTheyAre) {
    HttpServer server(loop, always(reply("201 Created")));
    HttpRequest request{.url = server.url("/hook"), .method = "PATCH"};
    request.headers = {{"Authorization", "Bearer s3cret"},
                       {"X-Twice", "a"},
                       {"X-Twice", "b"},
                       {"User-Agent", "me"},
                       {"quantum-attempt", "99"}};
    request.body = std::string("{\"a\":\0}\n", 8);
    expect_succeeded(send(request));
    const std::string& sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with("PATCH /hook HTTP/1.1\r\n"));
    for (const char* line : {"Authorization: Bearer s3cret\r\n", "X-Twice: a\r\n", "X-Twice: b\r\n",
                             "User-Agent: me\r\n", "Content-Length: 8\r\n", "Quantum-Attempt: 1"}) {
        EXPECT_TRUE(contains(sent, line)) << line;
    }
    EXPECT_FALSE(contains(sent, "99"));
    EXPECT_FALSE(contains(sent, "User-Agent: quantum"));
    EXPECT_TRUE(sent.ends_with("\r\n\r\n" + request.body));
}

TEST_F(HttpRunnerTest, AnUnexpectedStatusFailsWithTheFirstLineOfTheAnswer) {
    HttpServer server(
        loop, always(reply("500 Internal Server Error", "\r\n  database is down\r\nat line 3\n")));
    const RunRecord record = send(server.url("/"));
    expect_failed(record, "status 500 Internal Server Error, expected 200-299: database is down");
    EXPECT_EQ(record.outcome.result, "500 Internal Server Error");
    EXPECT_EQ(record.output.size(), 3U) << "all of the body is output all the same";
}

TEST_F(HttpRunnerTest, WhichStatusIsExpectedIsTheRequestsToSay) {
    HttpServer server(loop, always(reply("404 Not Found")));
    HttpRequest request{.url = server.url("/")};
    request.expected_status = {{200, 200}, {404, 410}};
    expect_succeeded(send(request));
    request.expected_status = {{200, 200}, {410, 410}};
    expect_failed(send(request), "status 404 Not Found, expected 200, 410");
}

TEST_F(HttpRunnerTest, EveryFramingOfABodyIsRead) {
    const std::pair<const char*, std::vector<std::string>> rows[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "4\r\none\n\r\n6;x=y\r\ntwo\nth\r\n3\r\nree\r\n0\r\nX-Trailer: t\r\n\r\n",
         {"one", "two", "three"}},
        {"HTTP/1.0 200 OK\r\n\r\nuntil\nthe end", {"until", "the end"}},
        {"HTTP/1.1 204 No Content\r\n\r\n", {}},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {}},
        {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", {"ok"}},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate",
         {"late"}},
    };
    for (const auto& [bytes, lines] : rows) {
        HttpServer server(loop, always({.bytes = bytes}));
        const RunRecord record = send(server.url("/"));
        expect_succeeded(record);
        EXPECT_EQ(record.output, lines) << bytes;
    }
}

// RFC 9112 wants a blank after the number; many a server leaves it out with the reason.
TEST_F(HttpRunnerTest, AStatusLineMayEndAfterItsNumber) {
    for (const char* head : {"HTTP/1.1 200\r\n", "HTTP/1.0 200\r\n", "HTTP/1.1 200 \r\n",
                             "HTTP/1.1 100\r\n\r\nHTTP/1.1 200\r\n"}) {
        HttpServer server(loop,
                          always({.bytes = std::string(head) + "Content-Length: 4\r\n\r\nbody"}));
        const RunRecord record = send(server.url("/"));
        expect_succeeded(record);
        EXPECT_EQ(record.output, std::vector<std::string>{"body"}) << head;
    }
    HttpServer refusing(loop, always({.bytes = "HTTP/1.1 503\r\n\r\nlater"}));
    expect_failed(send(refusing.url("/")), "503");
    HttpServer other(loop, always({.bytes = "HTTP/1.1 2oo\r\n\r\n"}));
    expect_failed(send(other.url("/")), "is no HTTP");
}

TEST_F(HttpRunnerTest, TheAnswerToHeadHasNoBody) {
    HttpServer server(loop, always({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
                                    .then = HttpReply::Then::hold}));
    expect_succeeded(send(HttpRequest{.url = server.url("/"), .method = "HEAD"}));
}

TEST_F(HttpRunnerTest, AnAnswerThatIsCutShortIsAFailureThatSaysWhere) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "closed the connection without a response"},
        {"HTTP/1.1 2", "before the headers of its response were complete"},
        {"HTTP/1.1 200 OK\r\nContent-", "before the headers of its response were complete"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
         "closed the connection before its response was complete, after 4 bytes of its body"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
         "before its response was complete, after 4 bytes"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\nxyz\r\n",
         "after 4 bytes of its body"},
        {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n", "answers is no HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "no HTTP"},
    };
    for (const auto& [bytes, why] : rows) {
        HttpServer server(loop, always({.bytes = bytes}));
        const RunRecord record = send(server.url("/"));
        expect_failed(record, why);
        EXPECT_TRUE(contains(record.outcome.reason, "127.0.0.1:")) << "says which server";
    }
}

TEST_F(HttpRunnerTest, HeadersWithoutEndAreNotRead) {
    HttpReply endless{.bytes = "HTTP/1.1 200 OK\r\n", .then = HttpReply::Then::repeat};
    endless.repeated = "X-More: " + std::string(1000, 'x') + "\r\n";
    HttpServer server(loop, always(endless));
    expect_failed(send(server.url("/")), "are larger than 64 KiB");
}

TEST_F(HttpRunnerTest, InterimAnswersWithoutEndAreNotRead) {
    HttpReply endless{.bytes = "HTTP/1.1 100 Continue\r\n\r\n", .then = HttpReply::Then::repeat};
    endless.repeated = endless.bytes;
    HttpServer server(loop, always(endless));
    expect_failed(send(server.url("/")), "only sends interim responses");
}

TEST_F(HttpRunnerTest, ARefusedConnectionIsSaidSo) {
    boost::asio::ip::tcp::acceptor closed(loop.context(),
                                          {boost::asio::ip::address_v4::loopback(), 0}, false);
    const std::string port = std::to_string(closed.local_endpoint().port());
    closed.close();
    expect_failed(send("http://127.0.0.1:" + port + "/"),
                  "cannot connect to 127.0.0.1:" + port + ": Connection refused");
    expect_failed(send("http://localhost:" + port + "/"), "localhost (127.0.0.1:" + port + ")");
}

TEST_F(HttpRunnerTest, ANameThatIsNoneIsSaidSo) {
    // Longer than a label may be: no name server needs to be asked.
    const std::string name = std::string(64, 'a') + ".example";
    expect_failed(send("http://" + name + "/"), "cannot look up '" + name + "': ");
}

TEST_F(HttpRunnerTest, ALocalhostIsThisMachineWhateverTheResolverKnows) {
    HttpServer server(loop, always(reply("200 OK")));
    expect_succeeded(send(server.url("/", "no-such-thing.localhost")));
    expect_succeeded(send(server.url("/", "NO-SUCH-THING.LocalHost.")));
}

TEST_F(HttpRunnerTest, TheNextAddressOfANameIsTriedWhereOneFails) {
    HttpServer server(loop, always(reply("200 OK")));
    expect_succeeded(send(server.url("/", "localhost")));
    EXPECT_TRUE(contains(server.requests().at(0), "Host: localhost:"));
}

TEST_F(HttpRunnerTest, ASlowAnswerTimesOutAndTheReasonSaysWhatWasWaitedFor) {
    const std::pair<HttpReply, const char*> rows[] = {
        {{.bytes = "", .then = HttpReply::Then::hold}, "waiting for the response of 127.0.0.1:"},
        {{.bytes = "HTTP/1.1 200 OK\r\nContent-", .then = HttpReply::Then::hold},
         "waiting for the response of"},
        {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npartial",
          .then = HttpReply::Then::hold},
         "reading the response of 127.0.0.1:"},
    };
    for (const auto& [answer, waited_for] : rows) {
        HttpServer server(loop, always(answer));
        const RunRecord record = send(HttpRequest{.url = server.url("/"), .timeout = 60ms});
        EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
        EXPECT_TRUE(
            contains(record.outcome.reason, "timeout of 60ms while " + std::string(waited_for)))
            << record.outcome.reason;
        EXPECT_GE(record.outcome.duration, 60ms);
    }
}

TEST_F(HttpRunnerTest, AStopEndsTheRunAtOnceWithWhatItHad) {
    HttpServer server(loop, always({.bytes = "HTTP/1.1 200 OK\r\n\r\nfirst\nsecond",
                                    .then = HttpReply::Then::hold}));
    const Execution execution = execution_of(HttpRequest{.url = server.url("/")});
    recorder.on_output([this](const Execution& running, std::string_view) {
        runner->stop(running.id, StopSignal::terminate);
        runner->stop(running.id, StopSignal::kill);
    });
    runner->start(std::span(&execution, 1), recorder);
    ASSERT_TRUE(run_until_finished(1));
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.finished, 1);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::killed);
    EXPECT_TRUE(contains(record.outcome.reason, "terminated while reading the response"))
        << record.outcome.reason;
    EXPECT_EQ(record.output, (std::vector<std::string>{"first", "second"}));
}

TEST_F(HttpRunnerTest, WhoeverGoesReportsWhatItHadBegun) {
    HttpServer server(loop, always({.bytes = "", .then = HttpReply::Then::hold}));
    const std::vector<Execution> executions{
        execution_of(HttpRequest{.url = server.url("/")}),
        execution_of(HttpRequest{.url = "http://localhost:" + std::to_string(server.port())})};
    recorder.on_output({});
    runner->start(executions, recorder);
    ASSERT_TRUE(run_until([&](const auto& done) {
        loop.post([this, done] {
            runner.reset();
            done();
        });
    }));
    for (const Execution& execution : executions) {
        EXPECT_EQ(recorder.of(execution).finished, 1);
        EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    }
}

TEST_F(HttpRunnerTest, WhoeverGoesBeginsNothingThatStillComes) {
    HttpServer server(loop, [](const std::string&) { return reply("200 OK"); });
    const Execution execution = execution_of(HttpRequest{.url = server.url("/")});
    ASSERT_TRUE(run_until([&](const auto& done) {
        loop.post([&, done] {
            runner->start(std::span(&execution, 1), recorder);
            runner.reset();
            loop.post(done);
        });
    }));
    EXPECT_EQ(recorder.of(execution).finished, 1);
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(HttpRunnerTest, AnAnswerLongerThanAllowedFails) {
    HttpServer server(loop, always(reply("200 OK", std::string(1001, 'x'))));
    HttpRequest request{.url = server.url("/")};
    request.max_response = 1000;
    expect_failed(send(request), "(200 OK) has a body of more than 1000 bytes");
    request.max_response = 1001;
    expect_succeeded(send(request));
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    statm >> size >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Counts bytes and keeps none.
struct CountingObserver final : RunObserver {
    void started(const Execution&, BootTime, int) override {}
    void output(const Execution&, OutputChannel, std::string_view line) override {
        bytes += line.size();
        if (enough && bytes >= limit) std::exchange(enough, nullptr)();
    }
    void finished(const Execution&, Outcome ended) override {
        outcome = std::move(ended);
        if (done) done();
    }
    std::size_t bytes = 0;
    std::size_t limit = 0;
    std::function<void()> enough;
    std::function<void()> done;
    Outcome outcome;
};

TEST_F(HttpRunnerTest, ABodyWithoutEndTakesNoMemory) {
    HttpServer server(
        loop, always({.bytes = "HTTP/1.1 200 OK\r\n\r\n", .then = HttpReply::Then::repeat}));
    const Execution execution = execution_of(HttpRequest{.url = server.url("/")});
    [[maybe_unused]] const std::size_t before = resident_bytes();
    CountingObserver observer;
    observer.limit = std::size_t{64} * 1024 * 1024;
    observer.enough = [&] { runner->stop(execution.id, StopSignal::terminate); };
    ASSERT_TRUE(run_until([&](const auto& done) {
        observer.done = done;
        runner->start(std::span(&execution, 1), observer);
    }));
    EXPECT_EQ(observer.outcome.kind, OutcomeKind::killed);
    EXPECT_GE(observer.bytes, observer.limit);
#ifndef __SANITIZE_ADDRESS__
    EXPECT_LT(resident_bytes(), before + std::size_t{16} * 1024 * 1024);
#endif
}

TEST_F(HttpRunnerTest, ManyRequestsAtOnceLeaveNoDescriptorBehind) {
    HttpServer server(loop, always(reply("200 OK", "ok")));
    const int before = open_descriptors();
    std::vector<Execution> executions;
    for (int i = 0; i < 200; ++i) {
        executions.push_back(execution_of(
            HttpRequest{.url = server.url("/", i % 2 == 0 ? "127.0.0.1" : "localhost")}));
    }
    runner->start(executions, recorder);
    ASSERT_TRUE(run_until_finished(executions.size()));
    for (const Execution& execution : executions) expect_succeeded(recorder.of(execution));
    // The servers' ends close when they see that ours have.
    std::function<void()> look;
    ASSERT_TRUE(run_until([&](const auto& done) {
        look = [&, done] { open_descriptors() <= before ? done() : loop.post(look); };
        loop.post(look);
    }));
}

TEST_F(HttpRunnerTest, AnotherKindOfTaskIsRefused) {
    const Execution execution = execution_of(shell("true"));
    runner->start(std::span(&execution, 1), recorder);
    ASSERT_TRUE(run_until_finished(1));
    EXPECT_EQ(recorder.of(execution).outcome.reason, "the job's task is not an HTTP request");
}

TEST_F(HttpRunnerTest, ATaskRunnerSendsRequestsWhereItWasGivenTheComponent) {
    HttpServer server(loop, always(reply("200 OK", "hello")));
    const std::vector<Execution> executions{execution_of(HttpRequest{.url = server.url("/")}),
                                            execution_of(shell("echo hi"))};
    {
        TaskRunner with(loop, *clock, {.functions = {}, .commands = {}, .http = http_runner()});
        with.start(executions, recorder);
        ASSERT_TRUE(run_until_finished(2));
    }
    EXPECT_EQ(recorder.of(executions[0]).output, std::vector<std::string>{"hello"});
    EXPECT_EQ(recorder.of(executions[1]).output, std::vector<std::string>{"hi"});

    const Execution lone = execution_of(HttpRequest{.url = server.url("/")});
    TaskRunner without(loop, *clock);
    without.start(std::span(&lone, 1), recorder);
    ASSERT_TRUE(run_until_finished(3));
    expect_failed(recorder.of(lone), "the component quantum::http");
}

TEST_F(HttpRunnerTest, ASchedulerRunsARequestAsAnyOtherTask) {
    HttpServer server(loop, always(reply("200 OK", "hello")));
    SchedulerConfig config;
    config.http = http_runner();
    const auto storage = std::make_shared<MemoryStorage>();
    config.storage = storage;
    config.output = KeepOutput{.masked = {"ell"}};
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(run_until([&](const auto& done) {
        static_cast<void>(scheduler.attach([done](const TelemetryEvent&) { done(); },
                                           kind_bit(TelemetryKind::job_stop)));
        ASSERT_TRUE(scheduler.add_job(
            {.schedule = "@reboot", .task = HttpRequest{.url = server.url("/once")}}));
    }));
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_TRUE(server.requests()[0].starts_with("GET /once "));
    ASSERT_TRUE(scheduler.stop());
    const auto entries = storage->entries({});
    ASSERT_EQ(entries->size(), 1U);
    const auto output = storage->output(entries->front().id);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(output->head, "h***o");
}

}  // namespace
}  // namespace quantum::run
