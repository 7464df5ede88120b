// Any bytes as a crontab file: never a crash, and what the reader says of them holds together.
#include "config/crontab.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/crontab_jobs.hpp"

namespace {

using namespace quantum::config;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::vector<std::size_t> line_lengths(std::string_view text) {
    std::vector<std::size_t> lengths;
    for (;;) {
        const std::size_t end = text.find('\n');
        lengths.push_back(end == std::string_view::npos ? text.size() : end);
        if (end == std::string_view::npos) {
            return lengths;
        }
        text.remove_prefix(end + 1);
    }
}

void read(std::string_view text, bool system) {
    const Crontab crontab = parse_crontab(text, {.stem = "fuzz", .system = system});
    const std::vector<std::size_t> lengths = line_lengths(text);
    for (const Diagnostic& diagnostic : crontab.diagnostics) {
        require(diagnostic.length >= 1 && diagnostic.column >= 1);
        require(diagnostic.line <= lengths.size());
        require(diagnostic.line == 0 || diagnostic.column <= lengths[diagnostic.line - 1] + 1);
    }
    std::unordered_set<std::string_view> names;
    std::size_t last = 0;
    for (const CrontabEntry& entry : crontab.entries) {
        require(entry.line > last);
        last = entry.line;
        require(entry.assignments != nullptr && !entry.raw_command.empty());
        require(entry.user.empty() != system);
        require(names.insert(entry.name).second || has_errors(crontab.diagnostics));
    }
    if (!system && !has_errors(crontab.diagnostics)) {
        Crontab of_it = crontab;
        const auto jobs =
            make_jobs(of_it, {.path = "fuzz", .account = {"user", "/"}, .inherited = {}});
        require(jobs.size() == crontab.entries.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read(text, false);
    read(text, true);
    return 0;
}
