// What does including <quantum/quantum.hpp> cost, beside a file with just the standard headers that
// it needs?
//
//     bench_include [pairs]         (default 9)
//
// The compiler's own CPU time, front end only; the two files take turns.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "figures.hpp"

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with(const std::string& reason) {
    std::fprintf(stderr, "bench_include: %s\n", reason.c_str());
    std::exit(1);
}

// The standard headers, and others of angle brackets, that a public header leads to.
void collect(const fs::path& header, std::set<fs::path>& seen, std::set<std::string>& standard) {
    if (!seen.insert(header).second) return;
    std::ifstream file(header);
    if (!file) fail_with("cannot read " + header.string());
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("#include ", 0) != 0) continue;
        const std::string name = line.substr(10, line.find_first_of(">\"", 10) - 10);
        if (line[9] == '<') {
            standard.insert(name);
        } else {
            collect(fs::path(QUANTUM_INCLUDE_DIR) / name, seen, standard);
        }
    }
}

double compile(const fs::path& source) {
    std::vector<std::string> words{QUANTUM_CXX, "-std=gnu++20", "-fsyntax-only",
                                   "-I" QUANTUM_INCLUDE_DIR, source.string()};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawn(&child, words[0].c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
        fail_with("cannot start " + words[0]);
    }
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child || status != 0) {
        fail_with("the compiler refused " + source.string());
    }
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    int pairs = quantum::brief_run() ? 1 : 9;
    for (int i = 1; i < argc; ++i) {
        if (const int number = std::atoi(argv[i]); number > 0) pairs = number;
    }
    std::set<fs::path> seen;
    std::set<std::string> standard;
    collect(fs::path(QUANTUM_INCLUDE_DIR) / "quantum/quantum.hpp", seen, standard);

    const fs::path folder = fs::temp_directory_path() / ("include." + std::to_string(getpid()));
    fs::create_directories(folder);
    const fs::path ours = folder / "ours.cpp";
    const fs::path bare = folder / "bare.cpp";
    std::ofstream(ours) << "#include <quantum/quantum.hpp>\n";
    {
        std::ofstream file(bare);
        for (const std::string& name : standard) file << "#include <" << name << ">\n";
    }
    std::vector<double> with;
    std::vector<double> without;
    std::vector<double> ratios;
    for (int pair = 0; pair < pairs; ++pair) {
        const bool first = pair % 2 == 0;
        if (first) with.push_back(compile(ours));
        without.push_back(compile(bare));
        if (!first) with.push_back(compile(ours));
        ratios.push_back(with.back() / without.back());
    }
    fs::remove_all(folder);
    const double ratio = median(ratios);
    std::printf(
        "quantum.hpp %.2f s, its %zu headers from elsewhere %.2f s: median of %d pairs %.2f"
        "   target <= 1.20   %s\n",
        median(with), standard.size(), median(without), pairs, ratio,
        ratio <= 1.2 ? "met" : "NOT MET");
    quantum::FigureFile file(argc, argv);
    file.add("quantum.hpp, CPU of the compiler", median(with), "s",
             quantum::FigureFile::Better::lower);
    return file.write() ? 0 : 1;
}
