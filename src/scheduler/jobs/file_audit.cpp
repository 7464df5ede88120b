#include "scheduler/jobs/file_audit.hpp"

#include <string>
#include <utility>

#include "model/job_parts.hpp"

namespace quantum::scheduler {

namespace {

constexpr std::size_t most_alone = 1000;

std::string actor_of(const Job& job) {
    const std::string source = model::JobParts::source(job);
    const std::size_t line = source.find_last_not_of("0123456789");
    const bool has_line =
        line != std::string::npos && source[line] == ':' && line + 1 < source.size();
    return "file:" + (has_line ? source.substr(0, line) : source);
}

std::string schedule_of(const Job& job) {
    return job.schedule() ? std::string(job.schedule()->text()) : "no schedule";
}

}  // namespace

FileAudit::FileAudit(std::vector<AuditNote>* notes, std::size_t changes, WallTime now)
    : notes_(notes), each_(changes <= most_alone), now_(now) {}

void FileAudit::removed(const Job& job) {
    ++removed_;
    if (notes_ == nullptr || !each_) return;
    notes_->push_back({now_, actor_of(job), "delete", job.name(), schedule_of(job)});
}

void FileAudit::put(const Job& job, const Job* before) {
    ++put_;
    if (notes_ == nullptr || !each_) return;
    std::string detail = schedule_of(job);
    if (before != nullptr) {
        std::string was = schedule_of(*before);
        detail = was == detail ? "definition" : std::move(was) + " -> " + detail;
    }
    notes_->push_back(
        {now_, actor_of(job), before == nullptr ? "add" : "update", job.name(), std::move(detail)});
}

void FileAudit::close() {
    if (notes_ == nullptr || each_) return;
    const auto note = [this](const char* action, std::size_t count) {
        if (count > 0) {
            notes_->push_back({now_, "file", action, {}, std::to_string(count) + " jobs"});
        }
    };
    note("delete", removed_);
    note("put", put_);
}

}  // namespace quantum::scheduler
