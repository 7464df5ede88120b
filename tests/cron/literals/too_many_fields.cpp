#include "quantum/cron.hpp"

using namespace quantum::literals;

constexpr auto wrong = "0 0 0 * * *"_cron;

int main() {}
