#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "quantum/schedule.hpp"

#include "storage/sqlite/jobs/job_text.hpp"
#include "storage/sqlite/jobs/json_reader.hpp"

namespace quantum::sqlite {

/// Writes the properties of a schedule that are not in its text, dialect and zone.
void write_schedules(json::object& object, const Schedule& schedule, std::string_view name);
void read_schedules(Reader& reader, std::string_view name, Restored& restored);

}  // namespace quantum::sqlite
