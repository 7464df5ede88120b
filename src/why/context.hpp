#pragma once

#include <string>

#include "quantum/storage/ledger.hpp"

#include "base/rfc3339.hpp"
#include "why/cause.hpp"
#include "why/job_facts.hpp"
#include "why/phrases.hpp"
#include "why/setting.hpp"

namespace quantum::why {

/// What the parts of this room share while one question is answered; kept by reference.
struct Context {
    const Ledger& ledger;
    const Setting& setting;
    const JobFacts& facts;
    Phrases say;
};

[[nodiscard]] inline Row row_of(const Entry& entry) {
    return {Row::Kind::entry, entry.id.text(), entry.due};
}

[[nodiscard]] inline Row row_of(const JobRevision& revision) {
    return {Row::Kind::revision, "r" + std::to_string(revision.stored.revision),
            revision.stored.effective_from};
}

[[nodiscard]] inline Row row_of(const AuditNote& note) {
    return {Row::Kind::note, note.actor + ": " + note.action, note.at};
}

[[nodiscard]] inline Row row_of(const StepNote& step) {
    return {Row::Kind::clock_step, "to " + base::rfc3339(step.after), step.before};
}

/// What the lock of the state directory tells.
[[nodiscard]] inline Row holder_row(const Context& context) {
    return {Row::Kind::holder, "lock", context.say.now()};
}

}  // namespace quantum::why
