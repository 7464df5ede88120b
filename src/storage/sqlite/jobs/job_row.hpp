#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

#include "base/text_table.hpp"
#include "model/common_parts.hpp"
#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

struct Restored;

/// The columns of `job` and `past_job` in the order that JobRowReader expects.
inline constexpr const char* job_columns =
    "(SELECT text FROM name WHERE id = j.name), j.revision, j.effective_from, j.schedule, "
    "j.dialect, j.zone, j.anchor, j.state, j.source, j.definition, j.note, j.zone_data";

/// Makes jobs out of rows. Equal schedules are parsed once and shared, and so is what else jobs say
/// alike.
class JobRowReader {
public:
    /// `rebind` gets each job that holds something no text can (a function, a schedule or run
    /// strategy of the user's own) and sets it again by the job's name.
    explicit JobRowReader(const std::function<Status(Job&)>& rebind) : rebind_(rebind) {}

    /// What cannot be made sense of (a zone that the zone data no longer has, a word of a newer
    /// program) leaves an inactive job without it, and a line in `problems`: the others are not
    /// kept from running, and nothing is guessed.
    [[nodiscard]] StoredJob read(const Statement& row, std::vector<std::string>& problems);

private:
    [[nodiscard]] Result<Schedule> schedule(const Statement& row, std::string_view name,
                                            const Restored& restored);
    [[nodiscard]] Status fill(const Statement& row, Job& job);

    const std::function<Status(Job&)>& rebind_;
    // By dialect, zone and text; only those that are not drawn from the job's name.
    TextTable<Schedule> schedules_;
    std::string key_;  // of the schedule at hand; kept for its memory
    CommonCommands commands_;
    CommonParts common_;
};

/// What is made of a job for its row.
struct JobTexts {
    std::string source{};
    std::string definition{};
};

/// Writes the columns of a job to twelve parameters from ?1: the name's number and the columns
/// after it. `texts` is filled and must live until the statement has run.
void bind_job(Statement& put, std::int64_t name, const StoredJob& stored, JobTexts& texts);

}  // namespace quantum::sqlite
