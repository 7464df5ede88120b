#include "quantum/cron.hpp"

using namespace quantum::literals;

constexpr auto wrong = "61 * * * *"_cron;

int main() {}
