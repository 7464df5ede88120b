// Our side of `./dev bench peers`: one run of a driver, as the other engines have theirs. What all
// of them do is told in run.sh.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "quantum/schedule.hpp"

namespace {

using quantum::Schedule;
using quantum::WallTime;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr int calls = 64;
const WallTime first{seconds{1767225600}};  // 2026-01-01T00:00Z
constexpr seconds apart{491807};
const WallTime stream_start{seconds{1795305600}};  // 2026-11-22T00:00Z
const WallTime stream_end{seconds{2114380800}};    // 2037-01-01T00:00Z

std::vector<WallTime> each(const Schedule& schedule, const std::vector<WallTime>& instants) {
    std::vector<WallTime> answers;
    for (const WallTime instant : instants) answers.push_back(*schedule.next(instant));
    return answers;
}

std::vector<WallTime> stream(const Schedule& schedule) {
    std::vector<WallTime> answers;
    WallTime at = stream_start;
    while (answers.size() < calls) {
        at = *schedule.next(at);
        if (at >= stream_end) break;
        answers.push_back(at);
    }
    return answers;
}

std::int64_t volatile sink = 0;

/// One pass of so many calls, without what the answers above need beside them.
int pass_each(const Schedule& schedule, const std::vector<WallTime>& instants) {
    std::int64_t sum = 0;
    for (const WallTime instant : instants)
        sum += schedule.next(instant)->time_since_epoch().count();
    sink = sum;
    return calls;
}

int pass_stream(const Schedule& schedule) {
    WallTime at = stream_start;
    int done = 0;
    while (done < calls) {
        at = *schedule.next(at);
        ++done;
        if (at >= stream_end) break;
    }
    sink = at.time_since_epoch().count();
    return done;
}

template <class Pass>
double nanoseconds(Steady::duration budget, const Pass& pass) {
    std::int64_t done = 0;
    const auto begin = Steady::now();
    auto now = begin;
    while (now - begin < budget) {
        done += pass();
        now = Steady::now();
    }
    return std::chrono::duration<double, std::nano>(now - begin).count() /
           static_cast<double>(done);
}

void print_answers(const std::string& key, const std::vector<WallTime>& answers) {
    std::string text;
    for (const WallTime at : answers) {
        if (!text.empty()) text += ',';
        text += std::to_string(std::chrono::floor<seconds>(at).time_since_epoch().count());
    }
    std::printf("answers\t%s\t%s\n", key.c_str(), text.c_str());
}

std::vector<std::string> read_expressions(const char* path) {
    std::vector<std::string> expressions;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        expressions.push_back(line.substr(0, line.find('\t')));
    }
    return expressions;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto expressions = read_expressions(argv[1]);
    const std::chrono::milliseconds budget{std::atoi(argv[2])};
    std::vector<WallTime> instants;
    for (int i = 0; i < calls; ++i) instants.push_back(first + i * apart);
    for (const bool warm : {false, true}) {
        for (const std::string zone : {"UTC", "America/New_York"}) {
            for (std::size_t i = 0; i < expressions.size(); ++i) {
                const auto schedule = quantum::parse_schedule(expressions[i], {.zone = zone});
                if (!schedule) return 1;
                const double by_each =
                    nanoseconds(budget, [&] { return pass_each(*schedule, instants); });
                const double by_stream =
                    nanoseconds(budget, [&] { return pass_stream(*schedule); });
                if (!warm) continue;
                const std::string number = "\t" + std::to_string(i);
                print_answers(zone + "\teach" + number, each(*schedule, instants));
                print_answers(zone + "\tstream" + number, stream(*schedule));
                std::printf("time\t%s\teach%s\t%.3f\n", zone.c_str(), number.c_str(), by_each);
                std::printf("time\t%s\tstream%s\t%.3f\n", zone.c_str(), number.c_str(), by_stream);
            }
        }
    }
}
