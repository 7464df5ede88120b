// `quantum status`: who holds a state directory, whether what it decides can be stored, and how far
// it has come. Reads what the holder wrote there; asks no process.
#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/sqlite.hpp"

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/state_place.hpp"
#include "cli/terminal.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

struct Found {
    std::string directory;
    InstanceStatus instance;
    LedgerBounds bounds;
    LedgerCounts counts;
};

Result<Found> look(const std::string& state) {
    const auto place = state_place(state);
    if (!place) return tl::unexpected(place.error());
    Found found;
    found.directory = place->string();
    auto instance = instance_status(*place);
    if (!instance) return tl::unexpected(std::move(instance).error());
    found.instance = std::move(*instance);
    const auto ledger = SqliteLedger::open(*place);
    if (!ledger) return tl::unexpected(ledger.error());
    const auto bounds = (*ledger)->bounds();
    if (!bounds) return tl::unexpected(bounds.error());
    found.bounds = *bounds;
    const auto counts = (*ledger)->counts();
    if (!counts) return tl::unexpected(counts.error());
    found.counts = *counts;
    return found;
}

std::string_view word(const InstanceStatus& instance) {
    if (!instance.process) return "stopped";
    return instance.degraded_since ? "degraded" : "running";
}

void print_json(std::string& out, const Found& found) {
    JsonObject object(out);
    object.text("state", found.directory);
    object.text("status", word(found.instance));
    if (found.instance.process) object.number("pid", *found.instance.process);
    if (found.instance.degraded_since) {
        object.text("degraded_since", rfc3339(*found.instance.degraded_since));
        object.text("why", found.instance.reason);
    }
    if (!found.instance.bad_files.empty()) {
        object.key("bad_files");
        std::string_view separator = "[";
        for (const std::string& reason : found.instance.bad_files) {
            out += separator;
            append_json(out, reason);
            separator = ",";
        }
        out += ']';
    }
    if (found.bounds.watermark) object.text("decided_until", rfc3339(*found.bounds.watermark));
    if (found.bounds.from) object.text("kept_from", rfc3339(*found.bounds.from));
    object.number("jobs", static_cast<std::int64_t>(found.counts.jobs));
    object.number("started", static_cast<std::int64_t>(found.counts.started));
    object.number("claimed", static_cast<std::int64_t>(found.counts.claimed));
    object.end();
    out += '\n';
}

void print_text(std::string& out, const Found& found, const Style& style) {
    const InstanceStatus& instance = found.instance;
    out += "state     " + config::printable(found.directory, std::string::npos) + "\nstatus    ";
    out += instance.degraded_since ? style.error() : instance.process ? style.good() : "";
    out += word(instance);
    out += style.plain();
    if (instance.process) out += ", process " + std::to_string(*instance.process);
    if (instance.degraded_since) {
        out += "\n          nothing could be stored and nothing new starts since " +
               rfc3339(*instance.degraded_since) + ":\n          " +
               config::printable(instance.reason, std::string::npos);
    }
    for (const std::string& reason : instance.bad_files) {
        out += "\nbad file  ";
        out += style.error();
        out += config::printable(reason, std::string::npos);
        out += style.plain();
    }
    out += "\ndecided   ";
    out += found.bounds.watermark ? "every due time up to " + rfc3339(*found.bounds.watermark)
                                  : "nothing yet";
    if (found.bounds.from) out += "\nkept      from " + rfc3339(*found.bounds.from);
    out += "\njobs      " + std::to_string(found.counts.jobs);
    out += "\nopen      " + std::to_string(found.counts.started) + " started, " +
           std::to_string(found.counts.claimed) + " claimed\n";
}

}  // namespace

int status(const StatusOptions& options) {
    const auto found = look(options.state);
    if (!found) {
        complain(found.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), *found);
    } else {
        print_text(out.text(), *found, Style(standard_output));
    }
    const bool is_well = !found->instance.degraded_since && found->instance.bad_files.empty();
    if (!out.flush() || !is_well) return exit_failure;
    return found->instance.process ? exit_ok : exit_unreachable;
}

}  // namespace quantum::cli
