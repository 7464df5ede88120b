#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "verify/chance_matching.hpp"
#include "verify/row.hpp"
#include "verify/slot_stream.hpp"

namespace quantum::verify {

/// A stretch while its due times are being counted.
struct StretchCount {
    explicit StretchCount(const Row* stretch) : row(stretch) {}

    const Row* row;
    std::uint32_t required = 0;  ///< of those that it answers for, those that need an answer
    std::uint32_t welcome = 0;   ///< and those that do not
    std::uint32_t forced = 0;    ///< of `required`: no other stretch could
    std::uint32_t possible = 0;  ///< it could answer for, itself or in the place of another
    std::optional<Slot> first;   ///< of `possible`
    Slot last{};
    std::size_t shares_with = ChanceMatching::none;  ///< an earlier one
    bool is_cut = false;

    [[nodiscard]] bool full() const { return required >= row->count; }
};

/// Counts the due times of rows that stand for several. Around a clock that was set back two of
/// them may reach over the same due times, which either may have: those are counted together.
class StretchCounts {
public:
    /// By due time and pass.
    explicit StretchCounts(const std::vector<const Row*>& rows);

    /// Lets those that lie over the slot answer for what the rows of the slot left.
    void count(const Slot& slot, ChanceMatching& matching);
    /// Everything was counted. `is_cut`: not all that it stands for is known any more; neither it
    /// nor what it shares with others is judged.
    void close(const std::function<bool(const Row&)>& is_cut);

    [[nodiscard]] const std::vector<StretchCount>& all() const { return stretches_; }
    /// "there are 3 that no other row has"; empty: the count is right. After `close`.
    [[nodiscard]] std::string what_is_wrong(const StretchCount& stretch) const;

private:
    // What those that share due times answer for, by the first of them.
    struct Sum {
        std::uint64_t count = 0;
        std::uint64_t required = 0;
        std::uint64_t most = 0;
        std::size_t stretches = 0;
        bool is_cut = false;
    };

    void find(const Slot& slot);
    void count(const Slot& slot, const ChanceMatching& matching, std::size_t index);
    void share(StretchCount& one, StretchCount& other);
    [[nodiscard]] std::size_t first_of_shared(std::size_t index) const;
    [[nodiscard]] std::size_t index_of(const StretchCount& stretch) const {
        return static_cast<std::size_t>(&stretch - stretches_.data());
    }

    std::vector<StretchCount> stretches_;
    std::vector<Sum> sums_;
    std::size_t next_ = 0;
    // Of the slot that is being looked at.
    std::vector<StretchCount*> beside_;
    std::vector<std::uint32_t> passes_;
};

}  // namespace quantum::verify
