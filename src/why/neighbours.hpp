#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "why/context.hpp"

// What else the ledger holds of the job, beside the entry at hand.
namespace quantum::why {

/// The run of the job that was open at `instant`, of those due before `entry`; the latest one.
[[nodiscard]] Result<std::optional<Entry>> run_open_at(const Context& context, const Entry& entry,
                                                       WallTime instant);

/// The run that a run made way for: the first one due after it that was decided before it ended.
[[nodiscard]] Result<std::optional<Entry>> run_that_replaced(const Context& context,
                                                             const Entry& entry);

/// How long the job's last runs took, shortest first; at most `most`, of those due before `entry`.
[[nodiscard]] Result<std::vector<Duration>> usual_durations(const Context& context,
                                                            const JobRevision& revision,
                                                            WallTime before, std::size_t most);

/// Who did `action` to the job at about that time: "oncall"; empty: nobody noted it.
struct Deed {
    std::string actor{};
    std::string detail{};
    std::optional<Row> row{};
};
[[nodiscard]] Result<Deed> who_did(const Context& context, std::string_view action, WallTime from,
                                   WallTime until);
/// Who made a definition, by whatever action.
[[nodiscard]] Result<Deed> who_made(const Context& context, WallTime effective_from);

}  // namespace quantum::why
