#pragma once

#include "quantum/job.hpp"

#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// Creates a job from its table and the defaults of its file: name and policies by itself, the rest
/// with ScheduleReader, CommandReader and RequestReader.
class JobReader {
public:
    explicit JobReader(const JobContext& context) : context_(context) {}

    /// `name` is the key of the job's table. Errors have been reported; the result is what could be
    /// read.
    [[nodiscard]] Job read(const TomlSetting& name);

private:
    void read_policies();
    void read_retries();
    void read_task(const TomlSetting& name);

    const JobContext context_;
    Job job_;
};

}  // namespace quantum::config
