#include "storage/sqlite/jobs/job_row.hpp"

#include <exception>
#include <memory>
#include <utility>

#include "model/job_parts.hpp"
#include "storage/sqlite/file/times.hpp"
#include "storage/sqlite/jobs/job_text.hpp"

namespace quantum::sqlite {

namespace {

JobState state_named(std::string_view word) {
    for (const JobState state : {JobState::active, JobState::finished}) {
        if (word == to_string(state)) return state;
    }
    return JobState::inactive;
}

}  // namespace

void bind_job(Statement& put, std::int64_t name, const StoredJob& stored, JobTexts& texts) {
    const Job& job = *stored.job;
    texts = {model::JobParts::source(job), definition_text(job)};
    put.bind(1, name).bind(2, stored.revision).bind(3, micros(stored.effective_from));
    if (job.schedule()) {
        put.bind(4, job.schedule()->text());
        put.bind(5, to_string(job.schedule()->dialect()));
        put.bind(6, job.schedule()->zone_name());
        put.bind(7, micros(job.schedule()->anchor()));
    } else {
        for (int column = 4; column <= 7; ++column) put.bind_null(column);
    }
    put.bind(8, to_string(job.state()));
    put.bind(9, texts.source).bind(10, texts.definition);
    put.bind(11, stored.note).bind(12, stored.zone_data);
}

StoredJob JobRowReader::read(const Statement& row, std::vector<std::string>& problems) {
    Job job;
    StoredJob stored;
    std::string name(row.text(0));
    if (auto named = job.set_name(name); !named) {
        problems.push_back("job '" + name + "': " + named.error().message);
    } else if (auto filled = fill(row, stored, job); !filled) {
        problems.push_back("job '" + name + "': " + filled.error().message +
                           "; it is inactive until it is redefined");
        job.set_state(JobState::inactive);
    }
    common_.share(job);
    stored.job = std::move(job);
    stored.revision = static_cast<std::uint32_t>(row.integer(1));
    stored.effective_from = wall_time(row.integer(2));
    stored.note = row.text(10);
    stored.zone_data = row.text(11);
    return stored;
}

Status JobRowReader::fill(const Statement& row, StoredJob& stored, Job& job) {
    job.set_source(row.text(8));
    job.set_state(state_named(row.text(7)));
    auto restored = apply_definition(row.text(9), job, commands_);
    if (!restored) return tl::unexpected(std::move(restored).error());
    if (restored->schedule) {
        // What is put together has the anchor of its intervals; a single instant has its own.
        const WallTime anchor = wall_time(row.integer(6));
        const bool anchored = anchor != WallTime{} && restored->schedule->has_interval();
        job.set_schedule(anchored ? restored->schedule->anchored_at(anchor) : *restored->schedule);
    } else if (!row.is_null(3) && !restored->own_schedule) {
        auto parsed = schedule(row, job.name(), *restored);
        if (!parsed) return tl::unexpected(std::move(parsed).error());
        const WallTime anchor = wall_time(row.integer(6));
        job.set_schedule(anchor == WallTime{} ? *parsed : parsed->anchored_at(anchor));
    }
    if (!restored->needs_binding()) return {};
    Status bound;
    try {
        if (rebind_) bound = rebind_(job);
    } catch (const std::exception& exception) {  // the program's own code
        return fail(ErrorCode::invalid_argument,
                    std::string("binding it again: ") + exception.what());
    }
    stored.lacks_schedule = restored->own_schedule && !job.schedule();
    stored.lacks_run_strategy = restored->own_run_strategy && !job.run_strategy();
    return bound;
}

Result<Schedule> JobRowReader::schedule(const Statement& row, std::string_view name,
                                        const Restored& restored) {
    const std::string_view text = row.text(3);
    const auto dialect = dialect_named(row.text(4));
    if (!dialect) {
        return fail(ErrorCode::corrupt,
                    "the dialect '" + std::string(row.text(4)) + "' is unknown");
    }
    // `~` and `H` may be drawn from the name of the job: such schedules are nobody else's.
    const bool shared = *dialect != Dialect::jenkins && restored.dst == DstPolicy{} &&
                        !restored.days && text.find('~') == std::string_view::npos;
    key_ = row.text(4);
    key_.append(1, '\n').append(row.text(5)).append(1, '\n').append(text);
    if (shared) {
        if (const Schedule* const known = schedules_.find(key_)) return *known;
    }
    auto parsed = parse_schedule(text, {.dialect = *dialect,
                                        .zone = row.text(5),
                                        .name = name,
                                        .dst = restored.dst,
                                        .days = restored.days});
    if (!parsed) {
        return tl::unexpected(
            parsed.error().to_error().within("schedule '" + std::string(text) + "'"));
    }
    if (shared) schedules_.add(key_, *parsed);
    return std::move(*parsed);
}

}  // namespace quantum::sqlite
