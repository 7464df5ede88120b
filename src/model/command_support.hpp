#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "quantum/runner/runner_factory.hpp"

namespace quantum::model {

/// Creates what runs commands. `node`: for their QUANTUM_NODE.
using CommandRunnerMaker = std::unique_ptr<Runner> (*)(base::EventLoop&, Clock&, std::string node,
                                                       const OutputSetting& output);

/// Null until the program has made a command. Nothing but `support_commands` refers to the code
/// that starts, watches and ends processes, so a program that makes no command does not contain it.
inline std::atomic<CommandRunnerMaker> command_runner_maker{nullptr};

/// Called wherever a command is made. Defined where commands are run.
void support_commands();

}  // namespace quantum::model
