#include "quantum/cron.hpp"

using namespace quantum::literals;

constexpr auto wrong = "0 0 30 2 *"_cron;

int main() {}
