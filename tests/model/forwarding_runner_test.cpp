// Runners and observers that stand before others: what they do not change passes through whole.
#include "quantum/runner/forwarding_runner.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job.hpp"
#include "quantum/runner/forwarding_observer.hpp"

namespace quantum::test {
namespace {

using testing::ElementsAre;

using Told = std::vector<std::string>;

/// Writes down what it is told.
class Scribe final : public RunObserver {
public:
    void started(const Execution&, BootTime, int pid) override {
        told.push_back("started " + std::to_string(pid));
    }
    void output(const Execution&, OutputChannel, std::string_view line) override {
        told.push_back("output " + std::string(line));
    }
    void output_left_out(const Execution&, std::uint64_t lines, std::uint64_t) override {
        told.push_back("left out " + std::to_string(lines));
    }
    void finished(const Execution&, Outcome outcome) override {
        told.push_back("finished " + outcome.reason);
    }
    void finished_with_output(const Execution& execution, Outcome outcome,
                              std::shared_ptr<const CapturedOutput> output) override {
        if (!output) return finished(execution, std::move(outcome));
        told.push_back("finished with " + output->head);
    }

    Told told;
};

/// Tells all there is to tell, of each execution at once.
class WholeRunner final : public Runner {
public:
    explicit WholeRunner(Told& asked) : asked_(asked) {}
    ~WholeRunner() override {
        if (late_ == nullptr) return;
        Outcome outcome;
        outcome.reason = "late";
        late_->finished(last_, std::move(outcome));
    }

    void start(std::span<const Execution> executions, RunObserver& observer) override {
        for (const Execution& execution : executions) {
            asked_.push_back("start");
            observer.started(execution, {}, 7);
            observer.output(execution, OutputChannel::standard_output, "a line");
            observer.output_left_out(execution, 3, 100);
            const CapturedOutput kept{"bytes", {}, 5};
            observer.finished_with_output(execution, {},
                                          std::make_shared<const CapturedOutput>(kept));
        }
        late_ = &observer;
    }
    void stop(const ExecutionId&, StopSignal) override { asked_.push_back("stop"); }
    void adopt(std::span<const Execution> executions, RunObserver& observer) override {
        asked_.push_back("adopt");
        Runner::adopt(executions, observer);
    }
    bool has_handler(std::string_view name) const override { return name == "known"; }
    bool add_handler(const std::string& name, std::shared_ptr<const Handler>) override {
        asked_.push_back("add_handler " + name);
        return true;
    }
    std::shared_ptr<const CapturedOutput> output_so_far(const ExecutionId&) override {
        return std::make_shared<const CapturedOutput>(CapturedOutput{"so far", {}, 6});
    }

private:
    Told& asked_;
    RunObserver* late_ = nullptr;
    Execution last_;
};

class PlainWrapper final : public ForwardingRunner {
public:
    using ForwardingRunner::ForwardingRunner;
};

/// Sees the ends of runs, in a member that its observers use.
class EndsSeen final : public ForwardingRunner {
public:
    EndsSeen(std::unique_ptr<Runner> inner, std::vector<std::string>& after_all)
        : ForwardingRunner(std::move(inner)), after_all_(after_all) {}
    ~EndsSeen() override {
        end_runs();
        after_all_ = seen_;
    }

    [[nodiscard]] int watched() const { return watched_; }

protected:
    std::unique_ptr<RunObserver> watch(RunObserver& observer) override {
        ++watched_;
        return std::make_unique<Watch>(observer, seen_);
    }

private:
    class Watch final : public ForwardingObserver {
    public:
        Watch(RunObserver& inner, std::vector<std::string>& seen)
            : ForwardingObserver(inner), seen_(seen) {}
        void finished_with_output(const Execution& execution, Outcome outcome,
                                  std::shared_ptr<const CapturedOutput> output) override {
            seen_.push_back(output ? output->head : "no output: " + outcome.reason);
            ForwardingObserver::finished_with_output(execution, std::move(outcome),
                                                     std::move(output));
        }

    private:
        std::vector<std::string>& seen_;
    };

    std::vector<std::string>& after_all_;
    std::vector<std::string> seen_;
    int watched_ = 0;
};

struct ForwardingTest : testing::Test {
    Told asked;
    Scribe scribe;
    const std::vector<Execution> one{1};
};

TEST_F(ForwardingTest, ARunnerThatChangesNothingIsTheOther) {
    {
        PlainWrapper wrapper(std::make_unique<WholeRunner>(asked));
        wrapper.start(one, scribe);
        wrapper.start_moved(std::vector<Execution>(one), scribe);
        wrapper.stop({}, StopSignal::kill);
        wrapper.adopt(one, scribe);
        EXPECT_EQ(wrapper.output_so_far({})->head, "so far");
        EXPECT_TRUE(wrapper.has_handler("known"));
        EXPECT_FALSE(wrapper.has_handler("unknown"));
        EXPECT_TRUE(wrapper.add_handler("new", nullptr));
    }
    EXPECT_THAT(asked, ElementsAre("start", "start", "stop", "adopt", "add_handler new"));
    EXPECT_THAT(scribe.told,
                ElementsAre("started 7", "output a line", "left out 3", "finished with bytes",
                            "started 7", "output a line", "left out 3", "finished with bytes",
                            "finished the scheduler ended while it ran", "finished late"));
}

TEST_F(ForwardingTest, AnObserverInBetweenSeesEveryEndAndLosesNothing) {
    std::vector<std::string> seen;
    Scribe another;
    {
        EndsSeen wrapper(std::make_unique<WholeRunner>(asked), seen);
        wrapper.start(one, scribe);
        wrapper.start(one, scribe);
        EXPECT_EQ(wrapper.watched(), 1) << "one for each observer";
        wrapper.adopt(one, another);
        EXPECT_EQ(wrapper.watched(), 2);
    }
    EXPECT_THAT(seen, ElementsAre("bytes", "bytes", "no output: the scheduler ended while it ran",
                                  "no output: late"));
    EXPECT_THAT(scribe.told, ElementsAre("started 7", "output a line", "left out 3",
                                         "finished with bytes", "started 7", "output a line",
                                         "left out 3", "finished with bytes", "finished late"));
    EXPECT_THAT(another.told, ElementsAre("finished the scheduler ended while it ran"));
}

}  // namespace
}  // namespace quantum::test
