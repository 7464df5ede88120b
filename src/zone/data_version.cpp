#include "zone/data_version.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "zone/mutant.hpp"

namespace quantum::zone {

namespace {

constexpr std::string_view heading = "# version ";
constexpr std::size_t longest = 32;

bool is_plain(const std::string& text) {
    return (mutated(ZoneMutant::any_text_is_a_version) || text.size() <= longest) &&
           !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::string data_version() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program changes its environment
    const char* named = std::getenv("TZDIR");
    const std::string directory =
        named != nullptr && *named != '\0' && !mutated(ZoneMutant::directory_not_asked)
            ? named
            : "/usr/share/zoneinfo";
    std::string line;
    // What zic makes of it; else what the maintainers' own installation writes.
    if (std::getline(std::ifstream(directory + "/tzdata.zi"), line) && line.starts_with(heading)) {
        line.erase(0, heading.size());
        if (is_plain(line)) return line;
    }
    if (std::getline(std::ifstream(directory + "/+VERSION"), line) &&
        !mutated(ZoneMutant::second_source_passed_over) && is_plain(line))
        return line;
    return {};
}

}  // namespace quantum::zone
