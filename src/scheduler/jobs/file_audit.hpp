#pragma once

#include <cstddef>
#include <vector>

#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

namespace quantum::scheduler {

/// Audit notes of what job files change: one each, by the file that a job's source names; where
/// they are very many, one for all that are put and one for all that go.
class FileAudit {
public:
    /// Of a request of `changes` in all. Without `notes` nothing is noted.
    FileAudit(std::vector<AuditNote>* notes, std::size_t changes, WallTime now);

    void removed(const Job& job);
    void put(const Job& job, const Job* before);
    /// After the last of the request.
    void close();

private:
    std::vector<AuditNote>* const notes_;
    const bool each_;
    const WallTime now_;
    std::size_t removed_ = 0;
    std::size_t put_ = 0;
};

}  // namespace quantum::scheduler
