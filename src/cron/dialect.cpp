#include "quantum/dialect.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "quantum/cron.hpp"

namespace quantum {

namespace {

constexpr std::array<std::pair<Dialect, std::string_view>, 10> names{{
    {Dialect::cron, "cron"},
    {Dialect::kubernetes, "kubernetes"},
    {Dialect::seconds, "seconds"},
    {Dialect::spring, "spring"},
    {Dialect::quartz, "quartz"},
    {Dialect::aws, "aws"},
    {Dialect::jenkins, "jenkins"},
    {Dialect::quantum, "quantum"},
    {Dialect::quantum_extended, "quantum-extended"},
    {Dialect::systemd, "systemd"},
}};

}  // namespace

std::string_view to_string(Dialect dialect) {
    for (const auto& [value, name] : names) {
        if (value == dialect) return name;
    }
    return "";
}

std::optional<Dialect> dialect_named(std::string_view name) {
    for (const auto& [value, known] : names) {
        if (known == name) return value;
    }
    return std::nullopt;
}

std::optional<DayRule> day_rule_named(std::string_view word) {
    if (word == "any") return DayRule::either;
    if (word == "all") return DayRule::both;
    return std::nullopt;
}

std::string_view to_string(DayRule rule) { return rule == DayRule::either ? "any" : "all"; }

}  // namespace quantum
