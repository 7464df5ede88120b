// What does including <quantum/quantum.hpp> cost, beside a file with just the standard headers that
// it needs? And what does a file with three stages cost, beside one with a timer of Boost.Asio's?
//
//     bench_include [pairs]         (default 9)
//
// The compiler's own CPU time, of the front end for the first question, of the whole compilation
// with -O2 for the second; the two files take turns.
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

double compile(const fs::path& source, const std::vector<std::string>& how) {
    std::vector<std::string> words{QUANTUM_CXX, "-std=gnu++20", "-I" QUANTUM_INCLUDE_DIR};
    words.insert(words.end(), how.begin(), how.end());
    words.push_back(source.string());
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

/// Two files that are compiled alternately, the same way.
struct Comparison {
    std::string name;
    std::string ours;
    std::string others_name;
    std::string others;
    std::vector<std::string> how;
    double target;
};

void run(const Comparison& comparison, const fs::path& folder, int pairs,
         quantum::FigureFile& figures) {
    const fs::path ours = folder / "ours.cpp";
    const fs::path others = folder / "others.cpp";
    std::ofstream(ours) << comparison.ours;
    std::ofstream(others) << comparison.others;
    std::vector<double> with;
    std::vector<double> without;
    std::vector<double> ratios;
    for (int pair = 0; pair < pairs; ++pair) {
        const bool first = pair % 2 == 0;
        if (first) with.push_back(compile(ours, comparison.how));
        without.push_back(compile(others, comparison.how));
        if (!first) with.push_back(compile(ours, comparison.how));
        ratios.push_back(with.back() / without.back());
    }
    const double ratio = median(ratios);
    std::printf("%s %.2f s, %s %.2f s: median of %d pairs %.2f   target <= %.2f   %s\n",
                comparison.name.c_str(), median(with), comparison.others_name.c_str(),
                median(without), pairs, ratio, comparison.target,
                ratio <= comparison.target ? "met" : "NOT MET");
    figures.add(comparison.name + ", CPU of the compiler", median(with), "s",
                quantum::FigureFile::Better::lower);
}

std::string standard_headers(const fs::path& header, std::size_t& count) {
    std::set<fs::path> seen;
    std::set<std::string> standard;
    collect(header, seen, standard);
    count = standard.size();
    std::string text;
    for (const std::string& name : standard) text += "#include <" + name + ">\n";
    return text;
}

constexpr const char* three_stages = R"(
#include <cstddef>
#include <iostream>
#include <utility>
#include <vector>

#include <quantum/stages/stage.hpp>
#include <quantum/stages/stage_threads.hpp>

struct Numbers : quantum::Producer<int> {
    quantum::Reaction<int> handle_demand(std::size_t count) override {
        std::vector<int> events;
        while (events.size() < count) events.push_back(next++);
        return emit(std::move(events));
    }
    int next = 0;
};
struct Doubler : quantum::ProducerConsumer<int, long> {
    quantum::Reaction<long> handle_events(std::vector<int> events,
                                          const quantum::Subscription&) override {
        std::vector<long> doubled;
        for (int event : events) doubled.push_back(2L * event);
        return emit(std::move(doubled));
    }
};
struct Printer : quantum::Consumer<long> {
    quantum::Reaction<> handle_events(std::vector<long> events,
                                      const quantum::Subscription&) override {
        for (long event : events) std::cout << event << '\n';
        return none();
    }
};

int main() {
    auto threads = quantum::StageThreads::start();
    if (!threads) return 1;
    quantum::StageSystem stages((*threads)->runtime(), (*threads)->clock());
    auto numbers = stages.start<Numbers>();
    auto doubler = stages.start<Doubler>({.subscribe_to = {{*numbers, {.max_demand = 10}}}});
    auto printer = stages.start<Printer>({.subscribe_to = {{*doubler, {.max_demand = 10}}}});
    return printer && printer->wait(std::chrono::seconds(1)) ? 0 : 1;
}
)";

constexpr const char* steady_timer = R"(
#include <chrono>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

int main() {
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context, std::chrono::seconds(1));
    timer.async_wait([](const boost::system::error_code& error) {
        if (!error) std::cout << "tick\n";
    });
    context.run();
}
)";

}  // namespace

int main(int argc, char** argv) {
    int pairs = quantum::brief_run() ? 1 : 9;
    for (int i = 1; i < argc; ++i) {
        if (const int number = std::atoi(argv[i]); number > 0) pairs = number;
    }
    const fs::path folder = fs::temp_directory_path() / ("include." + std::to_string(getpid()));
    fs::create_directories(folder);
    quantum::FigureFile figures(argc, argv);
    std::size_t count = 0;
    const std::string bare =
        standard_headers(fs::path(QUANTUM_INCLUDE_DIR) / "quantum/quantum.hpp", count);
    run({.name = "quantum.hpp",
         .ours = "#include <quantum/quantum.hpp>\n",
         .others_name = "its " + std::to_string(count) + " headers from elsewhere",
         .others = bare,
         .how = {"-fsyntax-only"},
         .target = 1.2},
        folder, pairs, figures);
    run({.name = "three stages",
         .ours = three_stages,
         .others_name = "a steady timer of Asio's",
         .others = steady_timer,
         .how = {"-O2", "-c", "-isystem", QUANTUM_BOOST_INCLUDE_DIR, "-o",
                 (folder / "object").string()},
         .target = 1.0},
        folder, pairs, figures);
    fs::remove_all(folder);
    return figures.write() ? 0 : 1;
}
