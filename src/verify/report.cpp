#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "quantum/verify.hpp"

#include "verify/words.hpp"

namespace quantum::verify {

std::string_view to_string(FindingKind kind) {
    switch (kind) {
        case FindingKind::lost:
            return "lost";
        case FindingKind::doubled_claim:
            return "doubled_claim";
        case FindingKind::doubled_start:
            return "doubled_start";
        case FindingKind::phantom:
            return "phantom";
        case FindingKind::early:
            return "early";
        case FindingKind::late:
            return "late";
        case FindingKind::overlapping:
            return "overlapping";
        case FindingKind::dangling_coalesce:
            return "dangling_coalesce";
        case FindingKind::needless_coalesce:
            return "needless_coalesce";
        case FindingKind::not_coalesced:
            return "not_coalesced";
        case FindingKind::skip_that_ran:
            return "skip_that_ran";
        case FindingKind::dropped:
            return "dropped";
        case FindingKind::over_cap:
            return "over_cap";
        case FindingKind::skip_while_idle:
            return "skip_while_idle";
        case FindingKind::stale_revision:
            return "stale_revision";
        case FindingKind::ran_while_paused:
            return "ran_while_paused";
        case FindingKind::open_too_long:
            return "open_too_long";
        case FindingKind::no_entry:
            return "no_entry";
        case FindingKind::no_witness:
            return "no_witness";
        case FindingKind::too_many_attempts:
            return "too_many_attempts";
        case FindingKind::out_of_order:
            return "out_of_order";
        case FindingKind::over_limit:
            return "over_limit";
        case FindingKind::bad_stretch:
            return "bad_stretch";
        case FindingKind::watermark_regress:
            return "watermark_regress";
        case FindingKind::stalled:
            return "stalled";
        case FindingKind::unexplained:
            return "unexplained";
    }
    return "unknown";
}

namespace {

// "1 job", "2 jobs".
std::string counted(std::size_t number, std::string_view what) {
    std::string text = std::to_string(number);
    text.append(1, ' ').append(what);
    if (number != 1) text.append(1, 's');
    return text;
}

}  // namespace

std::string to_text(const Report& report) {
    std::string text;
    for (const Finding& finding : report.findings) {
        std::string kind(to_string(finding.kind));
        std::replace(kind.begin(), kind.end(), '_', ' ');
        text += kind + ": ";
        if (!finding.job.empty()) text += "job '" + finding.job + "', ";
        text += "due " + words(finding.due) + ": " + finding.text;
        if (finding.id) text += " [" + finding.id->text() + "]";
        text += '\n';
    }
    if (report.more > 0) text += "and " + counted(report.more, "finding") + " more\n";
    for (const std::string& job : report.unjudged) text += "not judged: " + job + '\n';
    const std::size_t found = report.findings.size() + report.more;
    text += counted(report.due_times, "due time") + " of " + counted(report.jobs, "job") +
            " against " + counted(report.entries, "ledger row");
    if (report.witnesses > 0) {
        text += " and ";
        text += report.witnesses == 1 ? "1 witness" : counted(report.witnesses, "witnesse");
    }
    text += found == 0 ? ": nothing to report\n" : ": " + counted(found, "finding") + '\n';
    return text;
}

}  // namespace quantum::verify
