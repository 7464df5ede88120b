#pragma once

#include "quantum/http_request.hpp"
#include "quantum/job.hpp"

#include "config/job_settings.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {

/// Reads what a job asks a server for: URL, method, headers, body, and which statuses are good.
class RequestReader {
public:
    explicit RequestReader(const JobContext& job) : job_(job) {}

    /// `what` is the setting `http`. The request becomes the task of `read`, unless something of it
    /// is wrong, which has been reported then.
    void read(const TomlSetting& what, Job& read) const;

private:
    void read_headers(const TomlSetting& setting, HttpRequest& request) const;
    void read_secret_headers(const TomlSetting& setting, HttpRequest& request) const;
    void read_statuses(const TomlSetting& setting, HttpRequest& request) const;

    const JobContext& job_;
};

}  // namespace quantum::config
