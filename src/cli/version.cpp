#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace quantum::cli {

std::string version_text() { return "quantum " QUANTUM_VERSION; }

int version(const VersionOptions& /*options*/) {
    Output out(standard_output);
    out.text() += version_text() + '\n';
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
