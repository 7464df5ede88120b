#pragma once

#include "quantum/job.hpp"

#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// Makes one job of its table and the defaults of its file: name and policies by itself, the rest
/// by ScheduleReader, CommandReader and RequestReader.
class JobReader {
public:
    explicit JobReader(const JobContext& context) : context_(context) {}

    /// `name` is the key of the job's table. What is wrong has been reported; the job is then what
    /// could be read of it.
    [[nodiscard]] Job read(const TomlSetting& name);

private:
    void read_policies();
    void read_retries();
    void read_task(const TomlSetting& name);

    const JobContext context_;
    Job job_;
};

}  // namespace quantum::config
