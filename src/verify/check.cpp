#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantum/storage/ledger.hpp"
#include "quantum/verify.hpp"

#include "verify/clock_history.hpp"
#include "verify/findings.hpp"
#include "verify/interval_set.hpp"
#include "verify/job_judge.hpp"
#include "verify/limit_check.hpp"
#include "verify/mutant.hpp"
#include "verify/reference_schedule.hpp"
#include "verify/witness_check.hpp"
#include "verify/words.hpp"

namespace quantum::verify {

namespace {

// So many rows of one job are judged at once at most.
constexpr std::size_t rows_at_once = 8192;
// Of each job some wait for others, however many jobs there are.
constexpr std::size_t rows_of_each = 8;

class Check {
public:
    Check(const History& history, const Limits& limits)
        : history_(history),
          timeline_(history, limits),
          around_{history, limits, full_},
          findings_(limits.most) {
        check_watermarks();
        std::map<std::string, JobRecords> records;
        for (const JobRevision& revision : history.jobs) {
            JobRecords& job = records[revision.job];
            job.job = revision.job;
            job.revisions.push_back(revision);
        }
        const JobJudge::Shared shared{timeline_, around_, library_, findings_};
        for (auto& [name, job] : records) {
            jobs_.emplace(name, std::make_unique<JobJudge>(shared, std::move(job)));
        }
    }

    /// What the history itself holds.
    Report run() {
        index_ids();
        full_ = check_limit(history_, timeline_, findings_);
        std::map<std::string, std::vector<Row>> rows;
        std::vector<Row>* last = nullptr;
        const std::string* last_job = nullptr;
        for (const Entry& entry : history_.entries) {
            if (last_job == nullptr || *last_job != entry.job) {
                last = &rows[entry.job];
                last_job = &entry.job;
            }
            last->push_back(row_of(entry, number_of(entry.target)));
        }
        const auto find = [this](const ExecutionId& id) { return find_by_id(id); };
        std::map<std::string, std::vector<const Witness*>> witnesses;
        if (history_.witnesses) {
            for (const Witness& one : *history_.witnesses) {
                // Older ones may have lost their rows.
                if (history_.retained_from && one.due < *history_.retained_from) continue;
                witnesses[one.job].push_back(&one);
            }
        }
        for (auto& [name, job] : jobs_) {
            auto own = rows.extract(name);
            std::vector<Row> none;
            judge_all(*job, own.empty() ? none : own.mapped(), find);
            if (!history_.witnesses || !job->problem().empty()) continue;
            auto seen = witnesses.extract(name);
            check_witnesses(job->view(), own.empty() ? none : own.mapped(),
                            seen.empty() ? std::vector<const Witness*>{} : seen.mapped(),
                            job->findings());
        }
        for (const auto& [name, unknown] : rows) {
            for (const Row& row : unknown) of_unknown_job(name, row);
        }
        for (const auto& [name, unknown] : witnesses) {
            if (jobs_.contains(name)) continue;
            for (const Witness* witness : unknown) of_unknown_job(*witness);
        }
        entries_ = history_.entries.size();
        return report();
    }

    /// The entries that the ledger holds, in the order of their due times.
    Result<Report> run(const Ledger& ledger) {
        most_waiting_ = std::max(around_.limits.rows_in_memory, rows_of_each * jobs_.size());
        const Status read = ledger.each({}, [this](const Entry& entry) {
            take(entry);
            return true;
        });
        if (!read) return tl::unexpected(read.error());
        const auto find = [&ledger](const ExecutionId& id) -> std::optional<FoundById> {
            const auto entry = ledger.entry(id.text());
            if (!entry) return std::nullopt;
            return FoundById{entry->job, entry->due};
        };
        for (auto& [name, job] : jobs_) job->finish(find);
        return report();
    }

private:
    struct ById {
        ExecutionId id;
        const Entry* entry;
    };

    void judge_all(JobJudge& job, std::vector<Row>& rows, const FindById& find) {
        const auto earlier = [](const Row& a, const Row& b) { return a.due < b.due; };
        if (!std::is_sorted(rows.begin(), rows.end(), earlier)) {
            std::stable_sort(rows.begin(), rows.end(), earlier);
        }
        for (const Row& row : rows) {
            if (job.waiting() >= rows_at_once && job.waiting() % rows_at_once == 0) {
                job.judge_before(row.due);
            }
            job.add(row);
        }
        job.finish(find);
    }

    void take(const Entry& entry) {
        ++entries_;
        if (last_ == nullptr || last_->records().job != entry.job) {
            const auto found = by_name_.find(entry.job);
            last_ = found == by_name_.end() ? nullptr : found->second;
            if (last_ == nullptr) {
                const auto known = jobs_.find(entry.job);
                if (known == jobs_.end()) {
                    of_unknown_job(entry.job, row_of(entry, 0));
                    return;
                }
                last_ = by_name_.emplace(entry.job, known->second.get()).first->second;
            }
        }
        JobJudge& job = *last_;
        const std::size_t before = job.waiting();
        if (before >= rows_at_once && before % rows_at_once == 0) job.judge_before(entry.due);
        job.add(row_of(entry, number_of(entry.target)));
        waiting_ += job.waiting();
        waiting_ -= before;
        if (waiting_ >= most_waiting_) judge_what_can_be(entry.due);
    }

    void judge_what_can_be(WallTime known) {
        waiting_ = 0;
        for (auto& [name, job] : jobs_) {
            if (job->waiting() > 0) job->judge_before(known);
            waiting_ += job->waiting();
        }
        // What is open at once has to be kept, however much it is.
        most_waiting_ = std::max({most_waiting_, waiting_ * 2, rows_of_each * jobs_.size()});
    }

    std::uint32_t number_of(const std::string& target) {
        if (target == "*") return 0;
        return targets_.try_emplace(target, static_cast<std::uint32_t>(targets_.size() + 1))
            .first->second;
    }

    void index_ids() {
        by_id_.reserve(history_.entries.size());
        for (const Entry& entry : history_.entries) {
            // Rows that never can run may leave the id out.
            if (entry.id != ExecutionId{}) by_id_.push_back({entry.id, &entry});
        }
        const auto before = [](const ById& a, const ById& b) { return a.id < b.id; };
        // They are made one after the other.
        if (!std::is_sorted(by_id_.begin(), by_id_.end(), before)) {
            std::stable_sort(by_id_.begin(), by_id_.end(), before);
        }
        for (std::size_t i = 1; i < by_id_.size(); ++i) {
            if (by_id_[i - 1].id != by_id_[i].id || mutated(VerifyMutant::same_id_not_seen))
                continue;
            const Entry& known = *by_id_[i - 1].entry;
            const Entry& entry = *by_id_[i].entry;
            findings_.add(FindingKind::doubled_claim, entry.job, entry.due,
                          "the execution id also belongs to the due time " + words(known.due) +
                              " of the job '" + known.job + "'",
                          entry.id);
        }
    }

    std::optional<FoundById> find_by_id(const ExecutionId& id) const {
        const auto found =
            std::lower_bound(by_id_.begin(), by_id_.end(), id,
                             [](const ById& a, const ExecutionId& b) { return a.id < b; });
        if (found == by_id_.end() || found->id != id) return std::nullopt;
        return FoundById{found->entry->job, found->entry->due};
    }

    void check_watermarks() {
        const auto& moves = history_.watermarks;
        for (std::size_t i = 1; i < moves.size(); ++i) {
            if (moves[i].value >= moves[i - 1].value) continue;
            const std::size_t last = std::min(moves[i].steps_before, history_.steps.size());
            bool set_back = false;
            for (std::size_t step = moves[i - 1].steps_before; step < last; ++step) {
                const StepNote& note = history_.steps[step];
                set_back = set_back || (note.after < note.before &&
                                        moves[i].value + around_.limits.slack >= note.after);
            }
            if (set_back || mutated(VerifyMutant::watermark_may_fall)) continue;
            findings_.add(FindingKind::watermark_regress, std::string(), moves[i].value,
                          "the watermark went back from " + words(moves[i - 1].value) + " to " +
                              words(moves[i].value) + ", and the clock was not set back so far");
        }
    }

    void of_unknown_job(const std::string& job, const Row& row) {
        if (is_unclear(row.due)) return;
        findings_.add(FindingKind::phantom, job, row.due,
                      "an entry " + words(row) + " of a job that never existed", row.id);
    }

    // It may have been before the edge of retention when it ran.
    bool is_unclear(WallTime due) const {
        const auto& edge = history_.retained_from;
        return mutated(VerifyMutant::unknown_job_forgiven) ||
               (edge && (due < *edge || timeline_.seen_twice(due)));
    }

    void of_unknown_job(const Witness& witness) {
        if (is_unclear(witness.due)) return;
        findings_.add(FindingKind::no_entry, witness.job, witness.due,
                      "a job that never existed ran at " + words(witness.started_wall), witness.id);
    }

    Report report() {
        Report report;
        for (const auto& [name, job] : jobs_) {
            if (!job->problem().empty()) {
                report.unjudged.push_back(name + ": " + job->problem());
                continue;
            }
            ++report.jobs;
            report.due_times += job->due_times();
        }
        report.findings = findings_.take();
        std::stable_sort(report.findings.begin(), report.findings.end(),
                         [](const Finding& a, const Finding& b) {
                             return std::tie(a.job, a.due) < std::tie(b.job, b.due);
                         });
        report.more = findings_.more();
        report.entries = entries_;
        report.witnesses = history_.witnesses ? history_.witnesses->size() : 0;
        return report;
    }

    const History& history_;
    const ClockHistory timeline_;
    IntervalSet full_;
    const Surroundings around_;
    Findings findings_;
    ReferenceLibrary library_;
    std::map<std::string, std::unique_ptr<JobJudge>> jobs_;
    std::unordered_map<std::string, JobJudge*> by_name_;
    JobJudge* last_ = nullptr;
    std::unordered_map<std::string, std::uint32_t> targets_;
    std::vector<ById> by_id_;
    std::size_t waiting_ = 0;
    std::size_t most_waiting_ = 0;
    std::size_t entries_ = 0;
};

}  // namespace

Report check(const History& history, const Limits& limits) { return Check(history, limits).run(); }

Result<Report> check(const History& history, const Ledger& ledger, const Limits& limits) {
    return Check(history, limits).run(ledger);
}

}  // namespace quantum::verify
