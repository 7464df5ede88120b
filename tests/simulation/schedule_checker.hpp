#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "quantum/memory_storage.hpp"

#include "support/instants.hpp"

namespace quantum::test {

/// What a job of the simulation is due at, told in a way that shares nothing with the scheduler:
/// every minute of the day is asked.
struct PlainJob {
    std::string name;
    int every_minutes = 1;  ///< due at minutes of the day that this divides
    WallTime from;          ///< counts from here, inclusive
    WallTime until = WallTime::max();
};

/// Reads the ledger of a whole simulation and lists what contradicts the promise: a due time at or
/// before the watermark without an entry, one with two, one that is none, a start before its time.
///
/// Independent of the scheduler: walks all minutes.
inline std::vector<std::string> check(const std::vector<PlainJob>& jobs,
                                      const std::vector<Entry>& entries, WallTime watermark) {
    using std::chrono::minutes;
    std::vector<std::string> faults;
    std::map<std::string, std::map<WallTime, int>> decided;
    const auto due_minutes = [](const PlainJob& job, WallTime from, WallTime until) {
        std::vector<WallTime> due;
        for (auto at = std::chrono::ceil<minutes>(from); at <= until; at += minutes(1)) {
            const auto of_day = (at - std::chrono::floor<std::chrono::days>(at)) / minutes(1);
            if (of_day % job.every_minutes == 0) due.push_back(at);
        }
        return due;
    };
    std::map<std::string, std::vector<const PlainJob*>> by_name;
    for (const PlainJob& job : jobs) by_name[job.name].push_back(&job);
    const auto is_due = [&](const std::string& name, WallTime at) {
        for (const PlainJob* job : by_name[name]) {
            // At the very instant of a change both definitions may have had their say.
            if (at < job->from || at > job->until) continue;
            if (!due_minutes(*job, at, at).empty()) return true;
        }
        return false;
    };
    for (const Entry& entry : entries) {
        if (entry.kind != ExecutionKind::scheduled) continue;
        const std::string what = entry.job + " " + spaced(entry.due);
        if (entry.started_at && *entry.started_at < entry.due) faults.push_back("early: " + what);
        if (entry.count == 1) {
            ++decided[entry.job][entry.due];
            if (!is_due(entry.job, entry.due)) faults.push_back("phantom: " + what);
            continue;
        }
        std::uint32_t counted = 0;
        for (auto at = entry.due; at <= entry.until; at += minutes(1)) {
            if (!is_due(entry.job, at)) continue;
            ++decided[entry.job][at];
            ++counted;
        }
        if (counted != entry.count) faults.push_back("miscounted stretch: " + what);
    }
    for (const PlainJob& job : jobs) {
        const WallTime last = std::min(watermark, job.until - Duration(1));
        for (const WallTime due : due_minutes(job, job.from, last)) {
            const int times = decided[job.name][due];
            if (times == 0) faults.push_back("lost: " + job.name + " " + spaced(due));
            if (times > 1) faults.push_back("doubled: " + job.name + " " + spaced(due));
        }
    }
    return faults;
}

}  // namespace quantum::test
