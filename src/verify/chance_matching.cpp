#include "verify/chance_matching.hpp"

#include <algorithm>

#include "verify/mutant.hpp"

namespace quantum::verify {

// Chances that need an answer first: what then is left of them is left for any choice of the rows.
void ChanceMatching::place_rows(const std::vector<Occurrence>& chances,
                                const std::vector<std::uint32_t>& passes) {
    chances_ = &chances;
    rows_ = passes.size();
    answers_.clear();
    for (const std::uint32_t pass : passes) answers_.push_back({pass, none, Use::idle});
    holders_.assign(chances.size(), none);
    for (const bool only_required : {true, false}) {
        for (std::size_t row = 0; row < rows_; ++row) {
            if (answers_[row].chance != none) continue;
            seen_.assign(chances.size(), false);
            place(row, only_required);
        }
    }
}

void ChanceMatching::place_stretches(const std::vector<std::uint32_t>& passes) {
    for (const std::uint32_t pass : passes) answers_.push_back({pass, none, Use::idle});
    for (const bool required : {true, false}) {
        for (std::size_t chance = 0; chance < holders_.size(); ++chance) {
            if (is_answered(chance) || (*chances_)[chance].required != required) continue;
            seen_.assign(answers_.size(), false);
            const std::size_t found = cover(chance);
            if (found != none) answers_[found].use = required ? Use::required : Use::welcome;
        }
    }
    find_parts();
}

bool ChanceMatching::fits(const Answer& answer, std::size_t chance) const {
    const Occurrence& one = (*chances_)[chance];
    return answer.pass >= one.lowest_pass && answer.pass <= one.highest_pass;
}

void ChanceMatching::hold(std::size_t chance, std::size_t answer) {
    holders_[chance] = answer;
    answers_[answer].chance = chance;
}

// Finds a chance for an answer, others moving over where that helps.
bool ChanceMatching::place(std::size_t answer, bool only_required) {
    for (std::size_t chance = 0; chance < holders_.size(); ++chance) {
        if (seen_[chance] || !fits(answers_[answer], chance)) continue;
        if (only_required && !(*chances_)[chance].required) continue;
        seen_[chance] = true;
        if (holders_[chance] != none && !place(holders_[chance], only_required)) continue;
        hold(chance, answer);
        return true;
    }
    return false;
}

// Finds an answer for a chance, others moving over where that helps. Which stretch is new among
// those that answer; none: there is none.
std::size_t ChanceMatching::cover(std::size_t chance) {
    for (std::size_t answer = rows_; answer < answers_.size(); ++answer) {
        if (answers_[answer].chance != none || !fits(answers_[answer], chance)) continue;
        hold(chance, answer);
        return answer;
    }
    if (mutated(VerifyMutant::first_come_first_matched)) return none;
    for (std::size_t answer = 0; answer < answers_.size(); ++answer) {
        const std::size_t left = answers_[answer].chance;
        if (seen_[answer] || left == none || !fits(answers_[answer], chance)) continue;
        seen_[answer] = true;
        const std::size_t found = cover(left);
        if (found == none) continue;
        hold(chance, answer);
        return found;
    }
    return none;
}

void ChanceMatching::find_parts() {
    parts_.resize(holders_.size());
    for (std::size_t chance = 0; chance < parts_.size(); ++chance) parts_[chance] = chance;
    for (const Answer& answer : answers_) {
        std::size_t part = none;
        for (std::size_t chance = 0; chance < parts_.size(); ++chance) {
            if (!fits(answer, chance)) continue;
            if (part == none) part = parts_[chance];
            std::replace(parts_.begin(), parts_.end(), std::size_t(parts_[chance]), part);
        }
    }
}

std::size_t ChanceMatching::part_of_stretch(std::size_t stretch) const {
    for (std::size_t chance = 0; chance < parts_.size(); ++chance) {
        if (fits(answers_[rows_ + stretch], chance)) return parts_[chance];
    }
    return none;
}

}  // namespace quantum::verify
