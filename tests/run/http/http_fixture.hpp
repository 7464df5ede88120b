#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "quantum/http_request.hpp"

#include "run/http/http_runner.hpp"
#include "run/http/http_server.hpp"
#include "run/run_fixture.hpp"

namespace quantum::run {

/// A runner of requests, on the loop that the servers of the test run on.
struct HttpTest : LoopTest {
    std::optional<HttpRunner> runner{std::in_place, loop, *clock};

    /// Sends one request and gives back what became of it.
    RunRecord send(HttpRequest request, const std::string& job = "job") {
        const Execution execution = execution_of(std::move(request), job);
        const std::size_t before = recorder.finished_count();
        runner->start(std::span(&execution, 1), recorder);
        EXPECT_TRUE(run_until_finished(before + 1));
        RunRecord record = recorder.of(execution);
        // Whoever is told of a start finds the same in the outcome.
        EXPECT_EQ(record.started, record.outcome.started ? 1 : 0);
        EXPECT_EQ(record.finished, 1);
        EXPECT_FALSE(record.out_of_order);
        return record;
    }
    RunRecord send(const std::string& url) { return send(HttpRequest{.url = url}); }
};

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline void expect_failed(const RunRecord& record, const std::string& reason) {
    EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
    EXPECT_TRUE(contains(record.outcome.reason, reason)) << record.outcome.reason;
}

inline void expect_succeeded(const RunRecord& record) {
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded) << record.outcome.reason;
    EXPECT_EQ(record.outcome.reason, "");
}

}  // namespace quantum::run
