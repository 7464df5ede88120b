// Any text as an expression of fields: the first byte picks the dialect.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check_expression.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using quantum::Dialect;
    constexpr std::array dialects{Dialect::cron,    Dialect::kubernetes,      Dialect::seconds,
                                  Dialect::spring,  Dialect::quartz,          Dialect::jenkins,
                                  Dialect::quantum, Dialect::quantum_extended};
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    quantum::fuzz::check_expression(text, dialects[data[0] % dialects.size()]);
    return 0;
}
