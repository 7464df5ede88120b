#pragma once

#include <cstddef>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::scheduler {

/// Audit notes about the changes made by job files: one for each, with the file in the job's
/// source; if there are very many, one for all puts and one for all deletions.
class FileAudit {
public:
    /// For a request with `changes` in total. Without `notes`, nothing is recorded.
    FileAudit(std::vector<AuditNote>* notes, std::size_t changes, WallTime now);

    void removed(const Job& job);
    void put(const Job& job, const Job* before);
    /// Must be called after the last change of the request.
    void close();

private:
    std::vector<AuditNote>* const notes_;
    const bool each_;
    const WallTime now_;
    std::size_t removed_ = 0;
    std::size_t put_ = 0;
};

}  // namespace quantum::scheduler
