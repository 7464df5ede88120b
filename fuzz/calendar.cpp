// Any text as an OnCalendar expression; its normal form means the same and is its own.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "quantum/on_calendar.hpp"

#include "check_expression.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    quantum::fuzz::check_expression(text, quantum::Dialect::systemd);
    const auto normal = quantum::normal_on_calendar(text);
    if (normal) {
        using quantum::parse_schedule;
        quantum::fuzz::require(quantum::normal_on_calendar(*normal) == *normal);
        const auto schedule = parse_schedule(text, {.dialect = quantum::Dialect::systemd});
        const auto again = parse_schedule(*normal, {.dialect = quantum::Dialect::systemd});
        quantum::fuzz::require(schedule.has_value() == again.has_value());
        if (schedule) quantum::fuzz::require(*schedule == *again);
    }
    return 0;
}
