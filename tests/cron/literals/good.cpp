#include "quantum/cron.hpp"

using namespace quantum::literals;

static_assert("*/15 8-18 * * MON-FRI"_cron.hours == 0x7FF00);

int main() {}
