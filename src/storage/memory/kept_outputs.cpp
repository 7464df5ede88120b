#include "storage/memory/kept_outputs.hpp"

#include "storage/memory/mutant.hpp"

namespace quantum::storage {

void KeptOutputs::add(const ExecutionId& id, std::uint32_t attempt, const std::string& job,
                      const CapturedOutput& output) {
    const Key key{id, attempt};
    if (const auto known = numbers_.find(key); known != numbers_.end()) {
        remove_number(known->second);
    }
    Kept kept{key, job, output};
    const std::uint64_t size = kept.size();
    if (size == 0 || size > limit_) return;
    const std::uint64_t number = ++last_;
    kept_.emplace(number, std::move(kept));
    numbers_.emplace(key, number);
    size_ += size;
    OfJob& of_job = jobs_[job];
    of_job.size += size;
    of_job.numbers.insert(number);
    // The newest stays, also where it is more than its job's share.
    while (of_job.size > limit_ / 4 && of_job.numbers.size() > 1 &&
           !mutated(MemoryMutant::one_job_takes_all_output)) {
        remove_number(*of_job.numbers.begin());
    }
    while (size_ > limit_ && !mutated(MemoryMutant::output_without_end)) {
        remove_number(kept_.begin()->first);
    }
}

void KeptOutputs::remove(const ExecutionId& id) {
    for (auto at = numbers_.lower_bound({id, 0}); at != numbers_.end() && at->first.first == id;) {
        const std::uint64_t number = at->second;
        ++at;
        remove_number(number);
    }
}

const CapturedOutput* KeptOutputs::find(const ExecutionId& id,
                                        std::optional<std::uint32_t> attempt) const {
    auto found = numbers_.end();
    if (attempt) {
        found = numbers_.find({id, *attempt});
    } else {
        for (auto at = numbers_.lower_bound({id, 0}); at != numbers_.end() && at->first.first == id;
             ++at) {
            found = at;
        }
    }
    return found == numbers_.end() ? nullptr : &kept_.at(found->second).output;
}

void KeptOutputs::remove_number(std::uint64_t number) {
    const auto found = kept_.find(number);
    const Kept& kept = found->second;
    size_ -= kept.size();
    numbers_.erase(kept.key);
    const auto of_job = jobs_.find(kept.job);
    of_job->second.size -= kept.size();
    of_job->second.numbers.erase(number);
    if (of_job->second.numbers.empty()) jobs_.erase(of_job);
    kept_.erase(found);
}

}  // namespace quantum::storage
