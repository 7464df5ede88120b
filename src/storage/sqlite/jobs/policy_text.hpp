#pragma once

#include <boost/json/object.hpp>

#include "quantum/job.hpp"

#include "storage/sqlite/jobs/job_text.hpp"
#include "storage/sqlite/jobs/json_reader.hpp"

namespace quantum::sqlite {

/// Writes every policy of a job that differs from the library's default.
void write_policies(json::object& object, const Job& job);
void read_policies(Reader& reader, Job& job, Restored& restored);

}  // namespace quantum::sqlite
