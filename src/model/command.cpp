#include "quantum/command.hpp"

#include <algorithm>
#include <string_view>

#include "model/command_check.hpp"
#include "model/mutant.hpp"
#include "model/secret_name.hpp"

namespace quantum {
namespace {

// What the kernel takes in one argument; a shell command is one.
constexpr std::size_t longest_command = std::size_t{128} * 1024;
constexpr std::size_t most_variables = 1000;
constexpr unsigned file_mode_bits = 0777;

tl::unexpected<Error> refuse_command(std::string message) {
    return fail(ErrorCode::invalid_argument, std::move(message));
}

Status check_variable(std::string_view name) {
    if (name.empty()) return refuse_command("environment: a variable has no name");
    if (name.find('=') != std::string_view::npos) {
        return refuse_command("environment: the name '" + std::string(name) + "' contains '='");
    }
    return {};
}

Status check_environment(const Command& command) {
    if (const std::size_t count = command.environment.size() + command.secrets.size();
        count > most_variables && !model::mutated(model::ModelMutant::length_not_asked)) {
        return refuse_command("environment: has " + std::to_string(count) + " variables, at most " +
                              std::to_string(most_variables) + " are allowed");
    }
    for (const auto& [name, value] : command.environment) {
        if (auto checked = check_variable(name); !checked) return checked;
    }
    for (const SecretVariable& secret : command.secrets) {
        if (auto checked = check_variable(secret.variable); !checked) return checked;
        if (auto checked = model::check_secret_name(secret.secret); !checked) return checked;
    }
    return {};
}

Status check_account(std::string_view property, std::string_view name) {
    for (const char c : name) {
        if (static_cast<unsigned char>(c) <= ' ' || c == ':' || c == '\x7F') {
            return refuse_command(std::string(property) + ": '" + std::string(name) +
                                  "' contains a space, a control character or a ':'");
        }
    }
    return {};
}

Status check_words(std::string_view program, std::size_t bytes) {
    if (program.empty()) return refuse_command("the command has no program");
    if (bytes > longest_command && !model::mutated(model::ModelMutant::length_not_asked)) {
        return refuse_command("the command has " + std::to_string(bytes) + " bytes, at most " +
                              std::to_string(longest_command) + " are allowed");
    }
    return {};
}

Status check_terms(const Command& command) {
    if (auto checked = check_environment(command); !checked) return checked;
    if (auto checked = check_account("user", command.user); !checked) return checked;
    if (auto checked = check_account("group", command.group); !checked) return checked;
    if (command.timeout && *command.timeout <= Duration::zero()) {
        return refuse_command("timeout: must be positive");
    }
    if (command.kill_after < Duration::zero())
        return refuse_command("kill_after: must not be negative");
    if (command.file_mode_mask > file_mode_bits) return refuse_command("umask: must be 0 to 0777");
    if (command.nice && (*command.nice < -20 || *command.nice > 19)) {
        return refuse_command("nice: is " + std::to_string(*command.nice) + ", must be -20 to 19");
    }
    if (command.success_codes.empty()) return refuse_command("success_codes: must not be empty");
    for (const int code : command.success_codes) {
        if (code < 0 || code > 255) {
            return refuse_command("success_codes: contains " + std::to_string(code) +
                                  ", must be 0 to 255");
        }
    }
    return {};
}

}  // namespace
}  // namespace quantum

namespace quantum::model {

Status check_command(const CommandView& command) {
    if (auto checked = check_words(command.program(), command.word_bytes()); !checked) {
        return checked;
    }
    if (auto checked = check_terms(command.common()); !checked) return checked;
    const auto file = command.output_file();
    return file ? check_output_file(*file) : Status();
}

}  // namespace quantum::model

namespace quantum {

Status check_command(const Command& command) {
    std::size_t bytes = 0;
    for (const std::string& word : command.argv) bytes += word.size() + 1;
    const std::string_view program =
        command.argv.empty() ? std::string_view() : std::string_view(command.argv.front());
    if (auto checked = check_words(program, bytes); !checked) return checked;
    if (auto checked = check_terms(command); !checked) return checked;
    return command.output_file ? check_output_file(*command.output_file) : Status();
}

}  // namespace quantum
