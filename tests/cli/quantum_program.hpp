#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/paths.hpp"
#include "support/program.hpp"

namespace quantum::test {

inline std::string quantum_path() { return binary("quantum"); }

inline std::vector<std::string> quantum_argv(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), quantum_path());
    return arguments;
}

/// Runs `quantum` with these arguments and this input to its end.
inline Ended quantum(std::vector<std::string> arguments, std::string_view input = {},
                     const Program::Environment& environment = {}) {
    Program program(quantum_argv(std::move(arguments)), {}, environment);
    program.write(input);
    return program.wait();
}

}  // namespace quantum::test
