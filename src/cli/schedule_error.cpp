#include "cli/schedule_error.hpp"

#include <string>

#include "cli/commands.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"

namespace quantum::cli {

int print_schedule_error(const std::string& expression, bool json, const ScheduleError& error) {
    if (json) {
        Output out(standard_output);
        out.text() += "{\"expr\":";
        append_json(out.text(), expression);
        out.text() += ',';
        append_json(out.text(), error);
        out.text() += "}\n";
        static_cast<void>(out.flush());
        return exit_failure;
    }
    // The zone of the option stands in no column of the expression.
    if (error.field == "zone" && error.column == 1) {
        print_error(error.message);
        return exit_failure;
    }
    print_error(error.to_error().message);
    Output out(standard_error);
    append_excerpt(out.text(), expression, error.column, error.length, Style(standard_error));
    static_cast<void>(out.flush());
    return exit_failure;
}

}  // namespace quantum::cli
