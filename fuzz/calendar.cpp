// Any text as an OnCalendar expression; its normal form means the same and is its own.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check_expression.hpp"
#include "cron/systemd.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    quantum::fuzz::check_expression(text, quantum::Dialect::systemd);
    const auto normal = quantum::cron::calendar_normal_form(text);
    if (normal) {
        quantum::fuzz::require(quantum::cron::calendar_normal_form(*normal) == normal);
    }
    return 0;
}
