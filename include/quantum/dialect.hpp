#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quantum {

/// The syntax and rules of an expression. The dialect is always given explicitly, never guessed.
enum class Dialect : std::uint8_t {
    cron,
    kubernetes,
    seconds,
    spring,
    quartz,
    aws,
    jenkins,
    quantum,
    quantum_extended,
    systemd,
};

/// "cron", "kubernetes", … "quantum-extended", "systemd".
[[nodiscard]] std::string_view to_string(Dialect dialect);
[[nodiscard]] std::optional<Dialect> dialect_named(std::string_view name);

}  // namespace quantum
