// Compares what benchmarks wrote: two commits with each other, or other engines with ours.
//
//     compare against DIRECTORY [--within PERCENT] [--each]
//         DIRECTORY/PROGRAM/NUMBER.old and .new are what one run of each commit wrote
//     compare peers DIRECTORY EXPRESSIONS
//         DIRECTORY/ENGINE/NUMBER is what one run of an engine's driver wrote; ours is `quantum`
//
// Exit code 1 if something is slower, or if too few peers ran; 2 if the input makes no sense.
// `./dev bench against` and `./dev bench peers` write these directories.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "against.hpp"
#include "figure.hpp"
#include "peers.hpp"

namespace {

using namespace quantum;
using namespace quantum::compare;
namespace fs = std::filesystem;

constexpr int trouble = 2;

int print_error(const std::string& text) {
    std::fprintf(stderr, "compare: %s\n", text.c_str());
    return trouble;
}

std::vector<fs::path> sorted_entries(const fs::path& directory) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(directory)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

Result<std::vector<Pair>> read_pairs(const fs::path& directory) {
    std::vector<Pair> pairs;
    for (const fs::path& path : sorted_entries(directory)) {
        if (path.extension() != ".old") continue;
        fs::path other = path;
        other.replace_extension(".new");
        auto old_run = read_figures(content(path));
        if (!old_run) return tl::unexpected(std::move(old_run.error()).within(path.string()));
        auto new_run = read_figures(content(other));
        if (!new_run) return tl::unexpected(std::move(new_run.error()).within(other.string()));
        pairs.push_back({std::move(*old_run), std::move(*new_run)});
    }
    return pairs;
}

int against(const fs::path& directory, const AgainstOptions& options) {
    bool slower = false;
    for (const fs::path& program : sorted_entries(directory)) {
        const auto pairs = read_pairs(program);
        if (!pairs) return print_error(pairs.error().message);
        const auto comparison = compare_pairs(*pairs, options);
        if (!comparison) return print_error(program.string() + ": " + comparison.error().message);
        const std::string title =
            program.filename().string() + ", " + std::to_string(pairs->size()) + " pairs";
        std::puts(table_of(title, *comparison, pairs->size(), options).c_str());
        slower |= comparison->any_slower();
    }
    std::printf(slower ? "slower: an interval lies wholly above 1 + %g %%\n"
                       : "within %g %%: no interval lies wholly above that\n",
                options.within);
    return slower ? 1 : 0;
}

Result<Engine> read_engine(const fs::path& directory) {
    Engine engine{directory.filename().string(), {}};
    for (const fs::path& path : sorted_entries(directory)) {
        auto run = read_engine_run(content(path));
        if (!run) return tl::unexpected(std::move(run.error()).within(path.string()));
        engine.rounds.push_back(std::move(*run));
    }
    return engine;
}

int peers(const fs::path& directory, const fs::path& list) {
    std::vector<std::string> expressions;
    std::ifstream file(list);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) expressions.push_back(line.substr(0, line.find('\t')));
    }
    std::vector<Engine> engines;
    for (const fs::path& path : sorted_entries(directory)) {
        auto engine = read_engine(path);
        if (!engine) return print_error(engine.error().message);
        const bool own = engine->name == "quantum";
        engines.insert(own ? engines.begin() : engines.end(), std::move(*engine));
    }
    const auto report = compare_engines(engines, expressions);
    if (!report) return print_error(report.error().message);
    std::fputs(report->text.c_str(), stdout);
    if (const auto enough = enough_peers(*report); !enough) {
        print_error(enough.error().message);
        return 1;
    }
    return 0;
}

int run(const std::vector<std::string_view>& arguments) {
    if (arguments.size() == 3 && arguments[0] == "peers") return peers(arguments[1], arguments[2]);
    if (arguments.size() < 2 || arguments[0] != "against") {
        return print_error(
            "against DIRECTORY [--within PERCENT] [--each], or peers DIRECTORY FILE");
    }
    AgainstOptions options;
    for (std::size_t i = 2; i < arguments.size(); ++i) {
        if (arguments[i] == "--each") {
            options.each = true;
        } else if (arguments[i] == "--within" && i + 1 < arguments.size()) {
            options.within = std::strtod(std::string(arguments[++i]).c_str(), nullptr);
        } else {
            return print_error("unknown argument " + std::string(arguments[i]));
        }
    }
    return against(arguments[1], options);
}

}  // namespace

int main(int argc, char** argv) try {
    return run({argv + 1, argv + argc});
} catch (const std::exception& problem) {
    return print_error(problem.what());
}
