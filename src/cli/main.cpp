// The program `quantum`: reads the command line and goes to the subcommand of that name.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <variant>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace {

using namespace quantum::cli;

struct Dispatch {
    int operator()(const RunOptions& options) const { return run(options); }
    int operator()(const CheckOptions& options) const { return check(options); }
    int operator()(const NextOptions& options) const { return next(options); }
    int operator()(const BatchOptions& options) const { return next_batch(options); }
    int operator()(const ExplainOptions& options) const { return explain(options); }
    int operator()(const SimulateOptions& options) const { return simulate(options); }
    int operator()(const HistoryOptions& options) const { return history(options); }
    int operator()(const LogsOptions& options) const { return logs(options); }
    int operator()(const WhyOptions& options) const { return why(options); }
    int operator()(const PlanOptions& options) const { return plan(options); }
    int operator()(const VerifyOptions& options) const { return verify(options); }
    int operator()(const BackupOptions& options) const { return backup(options); }
    int operator()(const StatusOptions& options) const { return status(options); }
    int operator()(const CrontabOptions& options) const { return crontab(options); }
    int operator()(const VersionOptions& options) const { return version(options); }
    int operator()(const ApiCommand& command) const {
        return std::visit([](const auto& options) { return run(options); }, command);
    }
};

}  // namespace

int main(int count, char** arguments) {
    try {
        const auto parsed = parse_arguments(count, arguments);
        if (const int* code = std::get_if<int>(&parsed)) {
            return *code;
        }
        return std::visit(Dispatch{}, std::get<Options>(parsed));
    } catch (const std::bad_alloc&) {
        std::fputs("quantum: out of memory\n", stderr);
        return exit_failure;
    } catch (const std::exception& exception) {
        // Expected failures are values.
        print_error(exception.what());
        return exit_failure;
    }
}
