// `quantum status`: who holds a state directory, whether what it decides can be stored, and how far
// it has come. Reads what the holder wrote there, and asks the daemon whether its schedule goes on.
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "quantum/storage/sqlite.hpp"

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/daemon_pulse.hpp"
#include "cli/json_text.hpp"
#include "cli/mutant.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

struct Found {
    std::string directory;
    InstanceStatus instance;
    bool is_hung = false;  ///< it was asked, and no answer came
    /// What the ledger says; an error where it cannot be read.
    Status ledger;
    LedgerBounds bounds;
    LedgerCounts counts;
};

Status read_ledger(Found& found, const std::filesystem::path& place) {
    const auto ledger = SqliteLedger::open(place);
    if (!ledger) return tl::unexpected(ledger.error());
    const auto bounds = (*ledger)->bounds();
    if (!bounds) return tl::unexpected(bounds.error());
    found.bounds = *bounds;
    const auto counts = (*ledger)->counts();
    if (!counts) return tl::unexpected(counts.error());
    found.counts = *counts;
    return {};
}

Result<Found> look(const std::string& state) {
    const auto place = state_directory(state);
    if (!place) return tl::unexpected(place.error());
    Found found;
    found.directory = place->string();
    auto instance = instance_status(*place);
    if (!instance) return tl::unexpected(std::move(instance).error());
    found.instance = std::move(*instance);
    if (found.instance.is_held && !found.instance.is_suspended) {
        found.is_hung = daemon_pulse(*place / "control.sock") == DaemonPulse::hung;
    }
    found.ledger = read_ledger(found, *place);
    return found;
}

std::string_view word(const Found& found) {
    const InstanceStatus& instance = found.instance;
    if (!instance.is_held) return "stopped";
    if (instance.is_suspended) return "suspended";
    if (found.is_hung) return "hung";
    return instance.is_degraded ? "degraded" : "running";
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 4> units{" bytes", " KiB", " MiB", " GiB"};
    std::size_t unit = 0;
    for (; bytes >= 10'000 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    return std::to_string(bytes).append(units.at(unit));
}

void print_json(std::string& out, const Found& found) {
    const InstanceStatus& instance = found.instance;
    JsonObject object(out);
    object.text("state", found.directory);
    object.text("status", word(found));
    if (instance.process) object.number("pid", *instance.process);
    if (instance.degraded_since)
        object.text("degraded_since", base::rfc3339(*instance.degraded_since));
    if (instance.is_degraded) object.text("why", instance.reason);
    if (!instance.bad_files.empty()) {
        object.key("bad_files");
        std::string_view separator = "[";
        for (const std::string& reason : instance.bad_files) {
            out += separator;
            append_json(out, reason);
            separator = ",";
        }
        out += ']';
    }
    if (!found.ledger) {
        object.text("ledger_error", found.ledger.error().message);
    } else {
        if (found.bounds.watermark)
            object.text("decided_until", base::rfc3339(*found.bounds.watermark));
        if (found.bounds.from) object.text("kept_from", base::rfc3339(*found.bounds.from));
        object.number("jobs", static_cast<std::int64_t>(found.counts.jobs));
        object.number("started", static_cast<std::int64_t>(found.counts.started));
        object.number("claimed", static_cast<std::int64_t>(found.counts.claimed));
        object.number("output_bytes", static_cast<std::int64_t>(found.counts.kept_output));
        object.number("outputs_cut", static_cast<std::int64_t>(found.counts.outputs_cut));
    }
    object.end();
    out += '\n';
}

void print_instance(std::string& out, const Found& found, const Style& style) {
    const InstanceStatus& instance = found.instance;
    const bool is_well =
        instance.is_held && !instance.is_suspended && !instance.is_degraded && !found.is_hung;
    out += "\nstatus    ";
    out += is_well ? style.good() : instance.is_held ? style.error() : "";
    out += word(found);
    out += style.plain();
    if (instance.process) out += ", process " + std::to_string(*instance.process);
    if (instance.is_suspended)
        out += "\n          a signal has stopped it: nothing runs until CONT";
    if (found.is_hung) out += "\n          it did not respond within 2 s; jobs may not be starting";
    if (!instance.is_degraded) return;
    out += instance.degraded_since
               ? "\n          nothing could be stored and nothing new starts since " +
                     base::rfc3339(*instance.degraded_since) + ':'
               : "\n          nothing new starts:";
    out += "\n          " + config::printable(instance.reason, std::string::npos);
}

void print_text(std::string& out, const Found& found, const Style& style) {
    out += "state     " + config::printable(found.directory, std::string::npos);
    print_instance(out, found, style);
    for (const std::string& reason : found.instance.bad_files) {
        out += "\nbad file  ";
        out += style.error();
        out += config::printable(reason, std::string::npos);
        out += style.plain();
    }
    if (!found.ledger) {
        out += "\nledger    " + config::printable(found.ledger.error().message, std::string::npos);
        out += '\n';
        return;
    }
    out += "\ndecided   ";
    out += found.bounds.watermark ? "every due time up to " + base::rfc3339(*found.bounds.watermark)
                                  : "nothing yet";
    if (found.bounds.from) out += "\nkept      from " + base::rfc3339(*found.bounds.from);
    out += "\njobs      " + std::to_string(found.counts.jobs);
    out += "\nopen      " + std::to_string(found.counts.started) + " started, " +
           std::to_string(found.counts.claimed) + " claimed";
    out += "\noutput    " + size_text(found.counts.kept_output);
    if (found.counts.outputs_cut > 0) {
        out += "; that of " + std::to_string(found.counts.outputs_cut) +
               " runs was removed to stay below the limit";
    }
    out += '\n';
}

}  // namespace

int status(const StatusOptions& options) {
    const auto found = look(options.state);
    if (!found) {
        print_error(found.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), *found);
    } else {
        print_text(out.text(), *found, Style(standard_output));
    }
    const InstanceStatus& instance = found->instance;
    const bool is_well = found->ledger &&
                         (!found->is_hung || mutated(CliMutant::hung_is_success)) &&
                         (!instance.is_suspended || mutated(CliMutant::suspended_is_success)) &&
                         (instance.bad_files.empty() || mutated(CliMutant::bad_file_is_success)) &&
                         (!instance.is_degraded || mutated(CliMutant::degraded_is_success));
    if (!out.flush() || !is_well) return exit_failure;
    return instance.is_held || mutated(CliMutant::stopped_is_success) ? exit_ok : exit_unreachable;
}

}  // namespace quantum::cli
