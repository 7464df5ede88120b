#include "cli/selection.hpp"

#include <cstdio>

#include <boost/json.hpp>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {

std::optional<std::vector<std::string>> selected_jobs(ApiLink& link, const JobSelection& selection,
                                                      int& code) {
    const int ways = (selection.jobs.empty() ? 0 : 1) + (selection.tag.empty() ? 0 : 1) +
                     (selection.all ? 1 : 0);
    if (ways != 1) {
        print_error("name jobs, or use one of --tag and --all");
        code = exit_usage;
        return std::nullopt;
    }
    if (!selection.jobs.empty()) return selection.jobs;
    std::string target = "/v1/jobs?names=true&limit=100000";
    if (!selection.tag.empty()) target += "&tag=" + client::encoded(selection.tag);
    const Asked asked = ask(link, {.target = target});
    if (!asked.is_good()) {
        code = asked.code;
        return std::nullopt;
    }
    std::vector<std::string> names;
    const boost::json::array* const found = array_of(asked.body, "jobs");
    for (std::size_t at = 0; found != nullptr && at < found->size(); ++at) {
        if (!(*found)[at].is_string()) continue;
        const boost::json::string& name = (*found)[at].get_string();
        names.emplace_back(name.data(), name.size());
    }
    if (!names.empty()) return names;
    print_error(selection.all ? std::string("there are no jobs")
                              : "no job has the tag '" + config::printable(selection.tag) + "'");
    code = exit_failure;
    return std::nullopt;
}

void append_selector(base::JsonObject& members, std::string& body, const JobSelection& selection,
                     std::size_t expect) {
    if (selection.all) {
        members.boolean("all", true);
    } else if (!selection.tag.empty()) {
        members.text("tag", selection.tag);
    } else {
        members.key("jobs");
        base::JsonArray names(body);
        for (const std::string& job : selection.jobs) names.text(job);
        names.end();
    }
    members.number("expect", static_cast<std::int64_t>(expect));
}

std::optional<std::string> asked_on_terminal(const std::string& question) {
    if (isatty(STDIN_FILENO) != 1 || isatty(standard_error) != 1) return std::nullopt;
    Output out(standard_error);
    out.text() = question;
    if (!out.flush()) return std::nullopt;
    std::string line;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
        line += static_cast<char>(c);
    }
    return line;
}

std::optional<int> refuse_without_consent(const Consent& consent, std::size_t count,
                                          const std::string& what) {
    if (count <= 1 || consent.yes || consent.dry_run) return std::nullopt;
    const auto answer = asked_on_terminal("really " + what + "? [y/N] ");
    if (!answer) {
        print_error("this would " + what + "; confirm it with --yes");
        return exit_failure;
    }
    if (*answer == "y" || *answer == "yes" || *answer == "Y") return std::nullopt;
    print_error("nothing was done");
    return exit_failure;
}

std::string note_of(const std::optional<std::string>& given, bool asks) {
    if (given || !asks) return given.value_or("");
    return asked_on_terminal("why (a note for whoever looks next week): ").value_or("");
}

}  // namespace quantum::cli
