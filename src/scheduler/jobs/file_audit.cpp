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

std::string list_of_jobs(const std::vector<std::string>& names, const std::string& why) {
    std::string text = std::to_string(names.size()) + " jobs";
    std::string_view separator = ": ";
    for (const std::string& name : names) {
        text.append(separator).append(name);
        separator = ", ";
    }
    if (!why.empty()) text += ": " + why;
    return text;
}

FileAudit::FileAudit(std::vector<AuditNote>* notes, std::size_t changes, WallTime now,
                     std::string actor, std::string why)
    : notes_(notes),
      each_(changes <= most_alone),
      now_(now),
      actor_(std::move(actor)),
      why_(std::move(why)) {}

void FileAudit::add(const Job& job, std::string_view action, std::string detail) {
    if (notes_ == nullptr || !each_) return;
    if (!why_.empty()) detail += ": " + why_;
    notes_->push_back({now_, actor_.empty() ? actor_of(job) : actor_, std::string(action),
                       job.name(), std::move(detail)});
}

void FileAudit::removed(const Job& job) {
    ++removed_;
    add(job, "delete", schedule_of(job));
}

void FileAudit::put(const Job& job, const Job* before) {
    ++put_;
    std::string detail = schedule_of(job);
    if (before != nullptr) {
        std::string was = schedule_of(*before);
        detail = was == detail ? "definition" : std::move(was) + " -> " + detail;
    }
    add(job, before == nullptr ? "add" : "update", std::move(detail));
}

void FileAudit::close() {
    if (notes_ == nullptr || each_) return;
    const auto note = [this](const char* action, std::size_t count) {
        if (count == 0) return;
        notes_->push_back({now_,
                           actor_.empty() ? "file" : actor_,
                           action,
                           {},
                           std::to_string(count) + " jobs" + (why_.empty() ? "" : ": " + why_)});
    };
    note("delete", removed_);
    note("put", put_);
}

}  // namespace quantum::scheduler
