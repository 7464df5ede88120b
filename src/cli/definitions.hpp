#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/api_answer.hpp"

// What `add`, `rm` and `edit` have in common.
namespace quantum::cli {

/// A job as it is sent: its name and its document.
struct NamedDocument {
    std::string name;
    boost::json::object document;
};

/// The jobs of a job file, read as the daemon would; what is wrong is told, and the result is none.
[[nodiscard]] std::optional<std::vector<NamedDocument>> read_documents(const std::string& path,
                                                                       const std::string& text);

/// Sends a definition. `tag`: the ETag of what it replaces; empty: there must be no such job.
[[nodiscard]] Asked put_definition(ApiLink& link, const NamedDocument& job, const std::string& tag,
                                   const std::string& note);

/// The ETag of a job; the command has failed if there is none.
[[nodiscard]] Asked get_definition(ApiLink& link, const std::string& name);

}  // namespace quantum::cli
