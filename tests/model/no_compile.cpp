// Compiled once as it is, which must succeed, and once with each number below, which must not: what
// a task returns says whether it failed, and why.
#include <optional>

#include "quantum/task.hpp"

#ifndef QUANTUM_TEST_MISTAKE
#define QUANTUM_TEST_MISTAKE 0
#endif

namespace quantum {

const Task nothing = [] {};
const Task status = [] { return Status(); };
const Task result = [](const Execution&) { return Result<int>(42); };
const Task text = [](ExecutionContext&) { return "42 rows"; };
const Handler handler = [](const Execution&, std::string_view) { return Status(); };

#if QUANTUM_TEST_MISTAKE == 1
const Task wrong = [] { return false; };
#elif QUANTUM_TEST_MISTAKE == 2
const Task wrong = [](ExecutionContext&) { return std::optional<int>(); };
#elif QUANTUM_TEST_MISTAKE == 3
const Task wrong = [] { return Result<bool>(false); };
#elif QUANTUM_TEST_MISTAKE == 4
const Handler wrong = [](ExecutionContext&, std::string_view) { return false; };
#endif

}  // namespace quantum
