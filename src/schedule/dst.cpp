#include "quantum/dst.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "schedule/mutant.hpp"

namespace quantum {

namespace {

template <class Value, std::size_t n>
using Names = std::array<std::pair<Value, std::string_view>, n>;

constexpr Names<DstGap, 3> gaps{{
    {DstGap::end, "end"},
    {DstGap::shift, "shift"},
    {DstGap::skip, "skip"},
}};

constexpr Names<DstRepeat, 5> repeats{{
    {DstRepeat::automatic, "auto"},
    {DstRepeat::first, "first"},
    {DstRepeat::second, "second"},
    {DstRepeat::both, "both"},
    {DstRepeat::none, "none"},
}};

template <class Value, std::size_t n>
std::optional<Value> value_of(const Names<Value, n>& names, std::string_view word) {
    for (const auto& [value, name] : names) {
        if (name == word) return value;
    }
    return std::nullopt;
}

template <class Value, std::size_t n>
std::string_view name_of(const Names<Value, n>& names, Value value) {
    for (const auto& [known, name] : names) {
        if (known == value) return name;
    }
    return "";
}

}  // namespace

std::optional<DstPolicy> dst_preset_named(std::string_view name) {
    if (name == "vixie") return DstPolicy{};
    if (name == "robfig") return DstPolicy{DstGap::skip, DstRepeat::both};
    if (name == "quartz")
        return DstPolicy{DstGap::skip, mutated(schedule::ScheduleMutant::quartz_runs_first)
                                           ? DstRepeat::first
                                           : DstRepeat::second};
    if (name == "quantum") return DstPolicy{DstGap::skip, DstRepeat::none};
    return std::nullopt;
}

std::optional<DstGap> dst_gap_named(std::string_view word) { return value_of(gaps, word); }
std::optional<DstRepeat> dst_repeat_named(std::string_view word) { return value_of(repeats, word); }
std::string_view to_string(DstGap gap) { return name_of(gaps, gap); }
std::string_view to_string(DstRepeat repeat) { return name_of(repeats, repeat); }

}  // namespace quantum
