// What the API says of executions, their output, and who changed what: from a real ledger.
#include <memory>
#include <string>

#include "quantum/storage/sqlite.hpp"

#include "conformance/builders.hpp"
#include "server/api_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::server {
namespace {

using namespace std::chrono_literals;
using test::noon;
using testing::ElementsAre;
using testing::HasSubstr;

struct RecordsApi : ApiTest {
    ScratchDirectory scratch;
    std::unique_ptr<SqliteStorage> storage;
    std::unique_ptr<SqliteLedger> ledger;
    std::uint64_t batches = 0;

    RecordsApi() {
        auto opened = SqliteStorage::open(scratch.path("state"));
        EXPECT_TRUE(opened) << opened.error().message;
        storage = std::move(*opened);
        Batch begin;
        begin.jobs.push_back(test::added(test::job_named("load"), noon));
        begin.jobs.push_back(test::added(test::job_named("store"), noon));
        commit(begin);
        auto read = SqliteLedger::open(scratch.path("state"));
        EXPECT_TRUE(read) << read.error().message;
        ledger = std::move(*read);
        engine.ledger_value = ledger.get();
        engine.now_value = noon + 24h;
        engine.add("load", "*/5 * * * *", "jobs.toml:1", {"disk"});
        engine.add("store");
    }

    void commit(Batch batch) {
        batch.id = ++batches;
        const CommitResult done = storage->commit(batch);
        EXPECT_EQ(done.status, CommitStatus::done);
    }
    /// A run of five minutes' number `at`, that has ended.
    ExecutionId add_run(const std::string& job, int at, OutcomeKind kind = OutcomeKind::succeeded,
                        Duration took = 20ms, const std::string& output = {}) {
        const WallTime due = noon + at * 5min;
        Batch claim;
        claim.claims.push_back(test::entry_at(due, job, static_cast<std::uint64_t>(at)));
        claim.watermark = due;
        const Entry entry = claim.claims.front();
        commit(claim);
        Batch end;
        Finish finish = test::finish_of(entry, kind);
        finish.outcome.duration = took;
        if (!output.empty()) finish.output = CapturedOutput{output, {}, output.size()};
        end.finishes.push_back(std::move(finish));
        commit(end);
        return entry.id;
    }
    std::vector<std::string> ids(const std::string& target) {
        return names(get(target), "executions", "execution");
    }
};

TEST_F(RecordsApi, ExecutionsComeNewestFirstAPageAtATime) {
    std::vector<std::string> all;
    for (int at = 0; at < 5; ++at) all.push_back(add_run("load", at).text());
    const Response first = get("/v1/executions?limit=2");
    EXPECT_THAT(names(first, "executions", "execution"), ElementsAre(all[4], all[3]));
    const std::string next = text(json(first), "next");
    EXPECT_THAT(ids("/v1/executions?limit=2&cursor=" + next), ElementsAre(all[2], all[1]));
    EXPECT_THAT(ids("/v1/executions?limit=2&cursor=" + all[1]), ElementsAre(all[0]));
    EXPECT_EQ(problem(get("/v1/executions?cursor=deadbeef")), "no-execution");
}

TEST_F(RecordsApi, ExecutionsAreFilteredByWhatOneLooksFor) {
    const std::string good = add_run("load", 0).text();
    const std::string bad = add_run("load", 1, OutcomeKind::failed).text();
    const std::string slow = add_run("store", 2, OutcomeKind::succeeded, 90s).text();
    EXPECT_THAT(ids("/v1/executions?job=load"), ElementsAre(bad, good));
    EXPECT_THAT(ids("/v1/executions?tag=disk"), ElementsAre(bad, good));
    EXPECT_THAT(ids("/v1/executions?state=failed"), ElementsAre(bad));
    EXPECT_THAT(ids("/v1/executions?state=failed&state=succeeded&job=store"), ElementsAre(slow));
    EXPECT_THAT(ids("/v1/executions?longer_than=1m"), ElementsAre(slow));
    EXPECT_THAT(ids("/v1/executions?from=2026-11-22T12:05:00Z&until=2026-11-22T12:10:00Z"),
                ElementsAre(bad));
    EXPECT_THAT(ids("/v1/executions?kind=manual"), ElementsAre());
    for (const char* wrong : {"state=asleep", "reason=why", "kind=odd", "from=noon",
                              "longer_than=3", "limit=0", "limit=1001"}) {
        EXPECT_EQ(problem(get(std::string("/v1/executions?") + wrong)), "malformed") << wrong;
    }
}

TEST_F(RecordsApi, OneExecutionIsShownWithItsAttempts) {
    const std::string id = add_run("load", 1, OutcomeKind::failed).text();
    for (const std::string& named : {id, id.substr(0, 13)}) {
        const Response shown = get("/v1/executions/" + named);
        ASSERT_EQ(shown.status, 200u) << shown.body;
        EXPECT_EQ(text(json(shown), "execution"), id);
        EXPECT_EQ(text(json(shown), "state"), "failed");
        EXPECT_EQ(json(shown).at("attempts").get_array().size(), 1u);
    }
    EXPECT_EQ(problem(get("/v1/executions/ffffffff")), "no-execution");
    EXPECT_EQ(problem(get("/v1/executions/zz")), "malformed");
}

TEST_F(RecordsApi, OutputComesAsItWasWritten) {
    const std::string id =
        add_run("load", 1, OutcomeKind::succeeded, 20ms, std::string("\x1b[31m\0\xff", 7)).text();
    const Response output = get("/v1/executions/" + id + "/output");
    EXPECT_EQ(output.status, 200u);
    EXPECT_EQ(output.type, "application/octet-stream");
    EXPECT_EQ(output.body, std::string("\x1b[31m\0\xff", 7));
    EXPECT_EQ(header(output, "Quantum-Output-Bytes"), "7");
    EXPECT_EQ(header(output, "Quantum-Output-Cut"), "");
    EXPECT_EQ(get("/v1/executions/" + id + "/output?from=5").body, std::string("\0\xff", 2));
    EXPECT_EQ(get("/v1/executions/" + id + "/output?from=100").body, "");
    const std::string silent = add_run("load", 2).text();
    EXPECT_EQ(problem(get("/v1/executions/" + silent + "/output")), "expired");
}

TEST_F(RecordsApi, RevisionsShowWhatAJobWas) {
    Batch change;
    change.jobs.push_back(test::added(test::job_named("load", "@hourly"), noon + 1h, 2));
    commit(change);
    const auto body = json(get("/v1/jobs/load/revisions"));
    const auto& list = body.at("revisions").get_array();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].at("revision").as_int64(), 2);
    EXPECT_EQ(list[0].at("definition").at("schedule").as_string(), "@hourly");
    EXPECT_EQ(list[1].at("until").as_string(), "2026-11-22T13:00:00Z");
    EXPECT_EQ(problem(get("/v1/jobs/nothing/revisions")), "no-job");
}

TEST_F(RecordsApi, TheAuditLogIsFilteredAndPaged) {
    Batch batch;
    for (int at = 0; at < 5; ++at) {
        batch.audit.push_back({noon + at * 1min, at % 2 == 0 ? "api:ada" : "file:jobs.toml",
                               at == 3 ? "delete" : "update", at < 3 ? "load" : "store",
                               "note " + std::to_string(at)});
    }
    commit(batch);
    const Response first = get("/v1/audit?limit=2");
    EXPECT_THAT(names(first, "notes", "detail"), ElementsAre("note 4", "note 3"));
    EXPECT_THAT(
        names(get("/v1/audit?limit=2&cursor=" + text(json(first), "next")), "notes", "detail"),
        ElementsAre("note 2", "note 1"));
    EXPECT_THAT(names(get("/v1/audit?actor=api:ada"), "notes", "detail"),
                ElementsAre("note 4", "note 2", "note 0"));
    EXPECT_THAT(names(get("/v1/audit?action=delete"), "notes", "job"), ElementsAre("store"));
    EXPECT_THAT(names(get("/v1/audit?job=load&from=2026-11-22T12:01:00Z"), "notes", "detail"),
                ElementsAre("note 2", "note 1"));
    EXPECT_EQ(problem(get("/v1/audit?cursor=x")), "malformed");
}

TEST_F(RecordsApi, AListKnowsWhatHappenedBeforeTheDaemonStarted) {
    add_run("load", 0);
    add_run("load", 1, OutcomeKind::failed);
    engine.now_value = noon + 1h;
    const auto body = json(get("/v1/jobs?q=load"));
    const auto& row = body.at("jobs").get_array().at(0).get_object();
    EXPECT_EQ(row.at("failures").as_int64(), 1);
    EXPECT_EQ(text(row, "alarm"), "failing");
    EXPECT_EQ(text(row.at("last").get_object(), "due"), "2026-11-22T12:05:00Z");
}

TEST_F(RecordsApi, WhereNothingIsKeptThatIsSaid) {
    engine.ledger_value = nullptr;
    for (const char* target :
         {"/v1/executions", "/v1/executions/00000000", "/v1/executions/00000000/output",
          "/v1/audit", "/v1/jobs/load/revisions"}) {
        EXPECT_EQ(problem(get(target)), "expired") << target;
    }
    EXPECT_EQ(get("/v1/jobs").status, 200u);
}

}  // namespace
}  // namespace quantum::server
