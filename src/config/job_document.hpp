#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>
#include <tl/expected.hpp>

#include "quantum/job.hpp"

#include "config/account.hpp"
#include "config/job_file.hpp"

// A job as JSON: the table of a job file letter for letter, with the same keys, durations and sizes
// as texts. Instants and dates, which TOML has and JSON has not, are strings.
namespace quantum::config {

/// The document of a job; `own` is the account of this program. What is as it would be without the
/// key is left out. A task that no job file can describe, such as a function, has no key.
[[nodiscard]] boost::json::object job_document(const Job& job, const Account& own);

/// The same as a table of a job file, one key a line, in the order of the document. Line 1 is
/// `[jobs."NAME"]`, and the n-th key is in line n + 1.
[[nodiscard]] std::string job_toml(std::string_view name, const boost::json::object& document);

/// What is wrong with a document.
struct DocumentFault {
    std::string pointer;         ///< "/retries"; empty: the job as a whole
    std::string message;         ///< starts with the key
    std::string did_you_mean{};  ///< what the author probably meant
};

/// Reads a document with the reader of job files, so that the same is right and wrong. `options`
/// are those of a file. The source of the job is not set.
[[nodiscard]] tl::expected<Job, std::vector<DocumentFault>> job_of_document(
    std::string_view name, const boost::json::object& document, const JobFileOptions& options);

}  // namespace quantum::config
