#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::scheduler {

/// The detail of a note about several jobs: "3 jobs: a, b, c: why".
[[nodiscard]] std::string list_of_jobs(const std::vector<std::string>& names,
                                       const std::string& why);

/// Audit notes about changed definitions: one for each; if there are very many, one for all puts
/// and one for all deletions.
class FileAudit {
public:
    /// For a request with `changes` in total. Without `notes`, nothing is recorded. `actor`: who
    /// makes them; empty: the file in each job's source. `why` is added to each note.
    FileAudit(std::vector<AuditNote>* notes, std::size_t changes, WallTime now,
              std::string actor = {}, std::string why = {});

    void removed(const Job& job);
    void put(const Job& job, const Job* before);
    /// Must be called after the last change of the request.
    void close();

private:
    void add(const Job& job, std::string_view action, std::string detail);

    std::vector<AuditNote>* const notes_;
    const bool each_;
    const WallTime now_;
    const std::string actor_;
    const std::string why_;
    std::size_t removed_ = 0;
    std::size_t put_ = 0;
};

}  // namespace quantum::scheduler
