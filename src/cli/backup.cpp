// `quantum backup`: the ledger as it stands, into a file, while the scheduler goes on.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/json_text.hpp"
#include "cli/mutant.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

/// "copied 41 %", over and over on the same line of a terminal.
class CopyProgress {
public:
    void operator()(std::size_t copied, std::size_t pages) {
        if (!style_.terminal() || pages == 0) return;
        const std::size_t percent = copied * 100 / pages;
        if (shown_ && percent == percent_) return;
        shown_ = true;
        percent_ = percent;
        Output out(standard_error);
        out.text() = terminal_order("\r") + "copied " + std::to_string(percent) + " %";
        static_cast<void>(out.flush());
    }
    /// Leaves the line empty.
    void clear() {
        if (!shown_) return;
        Output out(standard_error);
        out.text() = terminal_order("\r") + "             " + terminal_order("\r");
        static_cast<void>(out.flush());
    }

private:
    const Style style_{standard_error};
    bool shown_ = false;
    std::size_t percent_ = 0;
};

}  // namespace

int backup(const BackupOptions& options) {
    const auto ledger = open_ledger(options.state);
    if (!ledger) {
        print_error(ledger.error().message);
        return exit_failure;
    }
    CopyProgress progress;
    const Status done = (*ledger)->backup(
        options.file,
        [&progress](std::size_t copied, std::size_t pages) { progress(copied, pages); });
    progress.clear();
    if (!done && !mutated(CliMutant::failed_backup_is_success)) {
        print_error(done.error().message);
        return exit_failure;
    }
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(options.file, unknown);
    Output out(standard_output);
    if (options.json) {
        JsonObject object(out.text());
        object.text("file", options.file);
        object.number("bytes", static_cast<std::int64_t>(bytes));
        object.end();
    } else {
        out.text() = "copied " + std::to_string(bytes) + " bytes to " +
                     config::printable(options.file, std::string::npos);
    }
    out.text() += '\n';
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
