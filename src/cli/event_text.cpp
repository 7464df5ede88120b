#include "cli/event_text.hpp"

#include <string_view>

#include "cli/api_answer.hpp"
#include "cli/job_cells.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t kind_width = 12;

/// What is worth a look: everything that did not go well.
bool needs_a_look(const boost::json::object& event) {
    const std::string_view kind = text_of(event, "event");
    const std::string_view state = text_of(event, "state");
    return kind == "run.stuck" || (kind == "run.ended" && state != "succeeded");
}

}  // namespace

std::string event_text(const boost::json::object& event, const ShortWhen& when,
                       const Style& style) {
    const std::string_view kind = text_of(event, "event");
    const bool looks = needs_a_look(event);
    std::string text;
    if (const auto time = instant_of(event, "time")) text += when.exact(*time);
    text += looks ? " ! " : "   ";
    if (looks) text += style.error();
    text += kind;
    if (kind.size() < kind_width) text.append(kind_width - kind.size(), ' ');
    if (looks) text += style.plain();
    if (const auto job = text_of(event, "job"); !job.empty()) text += ' ' + config::printable(job);
    if (const auto id = text_of(event, "execution"); !id.empty()) {
        text += ' ' + short_execution(id);
    }
    if (kind == "run.ended") {
        text += ' ' + end_text(event) + ' ' + span_text(number_of(event, "duration_us"));
    } else if (const auto late = number_of(event, "lateness_us")) {
        text += " +" + brief(Duration(*late));
    }
    for (const std::string_view key : {"reason", "note", "text"}) {
        const std::string_view value = text_of(event, key);
        if (!value.empty()) text += ' ' + config::printable(value, 200);
    }
    return text;
}

}  // namespace quantum::cli
