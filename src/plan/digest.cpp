#include "plan/digest.hpp"

#include <algorithm>
#include <vector>

#include "quantum/job.hpp"

#include "plan/mutant.hpp"

namespace quantum::plan {
namespace {

constexpr std::size_t shortest = 8;

}  // namespace

// With its length in front, so that two texts are not one that is cut elsewhere.
void Digest::add(std::string_view text) {
    add_number(text.size());
    for (const char c : text) {
        state_ = (state_ ^ static_cast<std::uint8_t>(c)) * 0x0000'0100'0000'01B3;
    }
}

void Digest::add_number(std::uint64_t number) {
    state_ = (state_ ^ number) * 0xBF58'476D'1CE4'E5B9;
    state_ ^= state_ >> 29U;
}

void Digest::add_file(std::string_view path, std::uint64_t fingerprint) {
    add(path);
    add_number(mutated(PlanMutant::digest_of_names) ? 0 : fingerprint);
}

void Digest::add_jobs(std::span<const StoredJob> jobs) {
    if (mutated(PlanMutant::digest_without_state)) return;
    std::vector<const StoredJob*> sorted;
    sorted.reserve(jobs.size());
    for (const StoredJob& job : jobs) sorted.push_back(&job);
    std::sort(sorted.begin(), sorted.end(), [](const StoredJob* a, const StoredJob* b) {
        return a->job->name() < b->job->name();
    });
    for (const StoredJob* const job : sorted) {
        add(job->job->name());
        add_number(job->revision);
        add_number(static_cast<std::uint64_t>(job->effective_from.time_since_epoch().count()));
    }
}

void Digest::add_option(std::string_view name, std::string_view value) {
    add(name);
    add(value);
}

std::string Digest::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EB;
    value ^= value >> 31U;
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[value >> shift & 0xFU];
    return text;
}

bool Digest::is(std::string_view shown) const {
    return shown.size() >= shortest && text().starts_with(shown);
}

}  // namespace quantum::plan
