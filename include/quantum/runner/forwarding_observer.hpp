#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

/// Passes every report on to another observer: the base of observers that stand between a runner
/// and the scheduler (`ForwardingRunner::watch`). Override what you want to learn of, and call the
/// base from there.
///
/// Every end comes through `finished_with_output`, with or without output.
///
/// Thread-safety: that of RunObserver.
class ForwardingObserver : public RunObserver {
public:
    /// `inner` must outlive it.
    explicit ForwardingObserver(RunObserver& inner) : inner_(inner) {}

    void started(const Execution& execution, BootTime at, int pid) override;
    void output(const Execution& execution, OutputChannel channel, std::string_view line) override;
    void finished(const Execution& execution, Outcome outcome) final;
    void finished_with_output(const Execution& execution, Outcome outcome,
                              std::shared_ptr<const CapturedOutput> output) override;
    void output_left_out(const Execution& execution, std::uint64_t lines,
                         std::uint64_t bytes) override;

private:
    RunObserver& inner_;
};

}  // namespace quantum
