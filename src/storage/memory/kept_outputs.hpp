#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "quantum/execution.hpp"

namespace quantum::storage {

/// The captured output of attempts, up to a size in total: the oldest goes first. A single job
/// keeps at most a quarter of it, so that it cannot displace the output of others.
///
/// Not thread-safe; protected by the storage's lock.
class KeptOutputs {
public:
    explicit KeptOutputs(std::uint64_t limit) : limit_(limit) {}

    void add(const ExecutionId& id, std::uint32_t attempt, const std::string& job,
             const CapturedOutput& output);
    /// Removes the output of all attempts.
    void remove(const ExecutionId& id);
    /// `attempt`: none: the last one that wrote any. Null: there is none.
    [[nodiscard]] const CapturedOutput* find(const ExecutionId& id,
                                             std::optional<std::uint32_t> attempt) const;

private:
    using Key = std::pair<ExecutionId, std::uint32_t>;
    struct Kept {
        Key key;
        std::string job;
        CapturedOutput output;

        [[nodiscard]] std::uint64_t size() const { return output.head.size() + output.tail.size(); }
    };
    struct OfJob {
        std::uint64_t size = 0;
        std::set<std::uint64_t> numbers{};
    };

    void remove_number(std::uint64_t number);

    std::uint64_t limit_;
    std::uint64_t size_ = 0;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, Kept> kept_;  ///< by their numbers: the oldest first
    std::map<Key, std::uint64_t> numbers_;
    std::map<std::string, OfJob> jobs_;
};

}  // namespace quantum::storage
