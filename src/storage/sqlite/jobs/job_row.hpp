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

/// The columns of `job` and `past_job` in the order expected by JobRowReader.
inline constexpr const char* job_columns =
    "(SELECT text FROM name WHERE id = j.name), j.revision, j.effective_from, j.schedule, "
    "j.dialect, j.zone, j.anchor, j.state, j.source, j.definition, j.note, j.zone_data";

/// Creates jobs from rows. Equal schedules are parsed once and shared, and so is everything else
/// that jobs have in common.
class JobRowReader {
public:
    /// `rebind` is called with each job that contains something that cannot be stored as text (a
    /// function, or a schedule or run strategy of the program's own), to set it again based on the
    /// job's name.
    explicit JobRowReader(const std::function<Status(Job&)>& rebind) : rebind_(rebind) {}

    /// Something that cannot be understood (a zone no longer in the time-zone data, a word of a
    /// newer program) leaves an inactive job without it, and a line in `problems`: the other jobs
    /// still run, and nothing is guessed.
    [[nodiscard]] StoredJob read(const Statement& row, std::vector<std::string>& problems);

private:
    [[nodiscard]] Result<Schedule> schedule(const Statement& row, std::string_view name,
                                            const Restored& restored);
    [[nodiscard]] Status fill(const Statement& row, StoredJob& stored, Job& job);

    const std::function<Status(Job&)>& rebind_;
    // By dialect, zone and text; only those that do not depend on the job's name.
    base::TextTable<Schedule> schedules_;
    std::string key_;  // of the schedule at hand; kept for its memory
    model::CommonCommands commands_;
    model::CommonParts common_;
};

/// The texts for a job's row.
struct JobTexts {
    std::string source{};
    std::string definition{};
};

/// Binds the columns of a job to twelve parameters from ?1: the name's number and the columns after
/// it. `texts` is filled in and must live until the statement has run.
void bind_job(Statement& put, std::int64_t name, const StoredJob& stored, JobTexts& texts);

}  // namespace quantum::sqlite
