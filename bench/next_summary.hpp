#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

namespace quantum {

/// The usual table, and at its end what a person asks of it: medians and maxima beside their aims,
/// and the distance to other engines.
class NextSummary final : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs) {
            if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
            const double ns = run.GetAdjustedRealTime();
            // The least of the repetitions: the rest is the machine's noise.
            const auto [known, added] = least_.try_emplace(run.run_name.function_name, ns);
            if (!added) known->second = std::min(known->second, ns);
        }
    }

    void Finalize() override {
        ConsoleReporter::Finalize();
        std::printf("\n%-34s %8s %8s %8s   ns\n", "", "median", "most", "aim");
        row("next/fixed/UTC/", 20);
        row("next/stream/UTC/", 25);
        row("next/random/UTC/", 0);
        for (const char* zone : {"America/New_York", "Europe/Zurich"}) {
            row(std::string("next/fixed/") + zone + "/", 30);
            row(std::string("next/stream/") + zone + "/", 45);
            row(std::string("next/random/") + zone + "/", 0);
        }
        for (const char* measure : {"fixed", "stream", "random"}) {
            row(std::string("harder/") + measure + "/", 0);
        }
        row("parse/", 100);
        row("floor/", 0);
        std::puts("no cell of next/… above 60, 29 February on a Monday 150, harder/… 1000\n");
        compare();
    }

private:
    /// The fastest engine over all ten expressions, and the best of all engines for each.
    struct Peers {
        const char* table;
        double fastest;
        std::array<double, 10> cells;
    };

    [[nodiscard]] std::vector<double> values(std::string_view prefix) const {
        std::vector<double> found;
        for (const auto& [name, ns] : least_) {
            if (std::string_view(name).substr(0, prefix.size()) == prefix) found.push_back(ns);
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    void row(const std::string& prefix, double aim) const {
        const std::vector<double> ns = values(prefix);
        if (ns.empty()) return;
        const double median = (ns[(ns.size() - 1) / 2] + ns[ns.size() / 2]) / 2;
        std::printf("%-34s %8.1f %8.1f", prefix.c_str(), median, ns.back());
        if (aim > 0) std::printf(" %8.0f", aim);
        std::puts("");
    }

    void compare() const {
        constexpr std::array<const char*, 10> expressions{
            "* * * * *",     "*/5 * * * *",   "0 3 * * *", "30 4 1 * *", "0 0 29 2 *",
            "15 10 * * 1-5", "59 23 31 12 *", "0 0 1 1 *", "0 0 13 * 5", "0 0 31 1 *",
        };
        // Other machine, quiet: a factor of 1.5 more or less means nothing.
        constexpr std::array<Peers, 4> tables{{
            {"next/fixed/UTC/", 402, {298, 311, 99, 402, 252, 376, 210, 78, 781, 231}},
            {"next/stream/UTC/", 549, {494, 345, 356, 635, 432, 695, 368, 367, 1171, 384}},
            {"next/fixed/America/New_York/",
             736,
             {552, 325, 183, 1060, 1177, 1049, 783, 341, 625, 419}},
            {"next/stream/America/New_York/",
             1150,
             {573, 317, 707, 1294, 2188, 2446, 1509, 1090, 1323, 1124}},
        }};
        double logs = 0;
        for (const Peers& peers : tables) {
            double own = 0;
            double closest = 1e9;
            for (std::size_t i = 0; i < expressions.size(); ++i) {
                const auto cell = least_.find(std::string(peers.table) + expressions[i]);
                if (cell == least_.end()) return;
                own += std::log(cell->second) / expressions.size();
                closest = std::min(closest, peers.cells[i] / cell->second);
            }
            const double factor = peers.fastest / std::exp(own);
            logs += std::log(factor) / tables.size();
            std::printf("%-34s %5.1f times the fastest engine, closest cell %.1f times\n",
                        peers.table, factor, closest);
        }
        std::printf("%-34s %5.1f times in the geometric mean (aim 20)\n", "", std::exp(logs));
    }

    std::map<std::string, double> least_;
};

}  // namespace quantum
