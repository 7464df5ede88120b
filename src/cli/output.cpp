#include "cli/output.hpp"

#include <cerrno>
#include <string_view>

#include <unistd.h>

#include "cli/mutant.hpp"
#include "cli/terminal_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {

bool Output::flush() {
    std::string shown;
    if (form_ == Form::shown) append_for_terminal(shown, text_);
    std::string_view rest = form_ == Form::shown ? shown : text_;
    while (!rest.empty() && !broken_) {
        const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            if (mutated(CliMutant::closed_output_is_success)) return true;
            broken_ = true;
        }
    }
    text_.clear();
    return !broken_;
}

void print_error(const std::string& message) {
    Output error(standard_error);
    error.text() = "quantum: " + config::printable(message, std::string::npos) + '\n';
    static_cast<void>(error.flush());  // nobody is left who could be told
}

}  // namespace quantum::cli
