#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

namespace quantum {

/// The usual table, and at its end what a person asks of it: medians and maxima beside their aims.
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
    }

private:
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

    std::map<std::string, double> least_;
};

}  // namespace quantum
