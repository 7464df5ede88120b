#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "verify/clock_history.hpp"

namespace quantum::verify {

/// Which rows, and then which stretches, answer for which chances of one due time: as many as can
/// at once. A row or a stretch answers for one chance at most, of those that its pass allows.
///
/// With the chances 0-5 and 5-5, a row of pass 5 and a stretch of pass 0, the row answers for the
/// second and the stretch for the first; the first that comes would leave one of them unanswered.
class ChanceMatching {
public:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    /// Begins with the rows, by their passes. `chances` is kept by reference.
    void place_rows(const std::vector<Occurrence>& chances,
                    const std::vector<std::uint32_t>& passes);
    /// Which chance a row answers for; `none`: there are more rows than chances for them.
    [[nodiscard]] std::size_t chance_of_row(std::size_t row) const { return answers_[row].chance; }

    /// Then the stretches, by their passes, those that should rather answer first.
    void place_stretches(const std::vector<std::uint32_t>& passes);

    enum class Use : std::uint8_t {
        idle,      ///< it answers for nothing here
        welcome,   ///< for a chance that needs no answer
        required,  ///< for one that does, and that no row can answer for
    };
    [[nodiscard]] Use use_of_stretch(std::size_t stretch) const {
        return answers_[rows_ + stretch].use;
    }
    [[nodiscard]] bool is_answered(std::size_t chance) const { return holders_[chance] != none; }

    /// A number for stretches that may answer in each other's place; `none`: it fits no chance.
    [[nodiscard]] std::size_t part_of_stretch(std::size_t stretch) const;

private:
    struct Answer {
        std::uint32_t pass = 0;
        std::size_t chance = none;
        Use use = Use::idle;
    };

    [[nodiscard]] bool fits(const Answer& answer, std::size_t chance) const;
    bool place(std::size_t answer, bool only_required);
    [[nodiscard]] std::size_t cover(std::size_t chance);
    void hold(std::size_t chance, std::size_t answer);
    void find_parts();

    const std::vector<Occurrence>* chances_ = nullptr;
    std::size_t rows_ = 0;
    std::vector<Answer> answers_;  // rows, then stretches
    std::vector<std::size_t> holders_;
    std::vector<std::size_t> parts_;  // of the chances
    std::vector<bool> seen_;
};

}  // namespace quantum::verify
