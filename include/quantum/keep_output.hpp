#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quantum/detail/shared.hpp"

namespace quantum {

class RunObserver;
class TaskOutput;
struct Execution;

/// How the output of runs is kept: the first 64 KiB and the last 192 KiB of each attempt, as raw
/// bytes, stored with its end in any storage that has a ledger. `Ledger::output` reads it.
///
///     config.storage = storage;
///     config.output = quantum::KeepOutput{.masked = {api_key}};
///     ...
///     auto output = storage->output(execution_id);  // a CapturedOutput
struct KeepOutput {
    /// Values for which "***" is shown wherever output goes: in the ledger, in telemetry and in
    /// output files. The secrets of commands and requests are masked without being listed here.
    std::vector<std::string> masked = {};
    /// An absolute path: the directory in which the output of commands is kept while they run, in
    /// one file each. The next scheduler with this directory stores what a run had written when the
    /// process died. Nobody but the program's user and root may be able to change the directory.
    /// Empty, or if no file can be created there: in memory, like that of functions and requests.
    std::string spool_directory = {};
};

/// Whether output is kept, and how. Unset: it is only passed on, line by line.
///
///     config.output = quantum::KeepOutput{};
class OutputSetting {
public:
    OutputSetting() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): what is set stands where a setting is wanted
    OutputSetting(KeepOutput keep);

    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(keep_); }
    [[nodiscard]] const KeepOutput& operator*() const { return *keep_; }
    [[nodiscard]] const KeepOutput* operator->() const { return keep_.get(); }

    /// For runners that call functions: receives the output of one run and passes it on to
    /// `observer`. `execution` and `observer` must outlive it.
    [[nodiscard]] std::unique_ptr<TaskOutput> open(const Execution& execution,
                                                   RunObserver& observer) const;

private:
    using Open = std::unique_ptr<TaskOutput> (*)(const KeepOutput&, const Execution&, RunObserver&);

    Shared<KeepOutput> keep_;
    /// Nothing else refers to the code that captures, so a program that keeps nothing does not
    /// contain it.
    Open open_ = nullptr;
};

}  // namespace quantum
