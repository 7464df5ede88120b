#include "against.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <map>
#include <utility>

namespace quantum::compare {
namespace {

double ratio_of(const Figure& old_one, const Figure& new_one) {
    const bool lower = old_one.better == Better::lower;
    const double before = lower ? old_one.value : new_one.value;
    const double after = lower ? new_one.value : old_one.value;
    if (before == after) return 1;  // nothing beside nothing included
    if (before <= 0) return std::numeric_limits<double>::infinity();
    return after / before;
}

const Figure* find(const std::vector<Figure>& figures, const std::string& name) {
    const auto found = std::find_if(figures.begin(), figures.end(),
                                    [&](const Figure& figure) { return figure.name == name; });
    return found == figures.end() ? nullptr : &*found;
}

bool in_all(const std::vector<Pair>& pairs, const std::string& name) {
    return std::all_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
        return find(pair.old_run, name) != nullptr && find(pair.new_run, name) != nullptr;
    });
}

/// The names that make up each row, in the order of the first run.
struct Groups {
    std::vector<std::pair<std::string, std::vector<std::string>>> rows;
    std::vector<std::string> one_sided;

    void add(const std::string& group, const std::string& name) {
        for (auto& [known, names] : rows) {
            if (known == group) return names.push_back(name);
        }
        rows.push_back({group, {name}});
    }
};

Groups groups_of(const std::vector<Pair>& pairs, bool each) {
    Groups groups;
    for (const Figure& figure : pairs.front().new_run) {
        if (in_all(pairs, figure.name)) {
            groups.add(each ? figure.name : group_of(figure.name), figure.name);
        } else {
            groups.one_sided.push_back(figure.name);
        }
    }
    for (const Figure& figure : pairs.front().old_run) {
        if (find(pairs.front().new_run, figure.name) == nullptr) {
            groups.one_sided.push_back(figure.name);
        }
    }
    return groups;
}

Result<Row> row_of(const std::string& group, const std::vector<std::string>& names,
                   const std::vector<Pair>& pairs, double within) {
    std::vector<double> old_values;
    std::vector<double> new_values;
    std::vector<double> ratios;
    Row row;
    row.name = group;
    for (const Pair& pair : pairs) {
        std::array<std::vector<double>, 3> each;
        for (const std::string& name : names) {
            const Figure& old_one = *find(pair.old_run, name);
            const Figure& new_one = *find(pair.new_run, name);
            each[0].push_back(old_one.value);
            each[1].push_back(new_one.value);
            each[2].push_back(ratio_of(old_one, new_one));
            row.unit = new_one.unit;
        }
        const bool alone = names.size() == 1;
        old_values.push_back(alone ? each[0].front() : geometric_mean(each[0]));
        new_values.push_back(alone ? each[1].front() : geometric_mean(each[1]));
        ratios.push_back(alone ? each[2].front() : geometric_mean(each[2]));
    }
    auto ratio = median_interval(std::move(ratios));
    if (!ratio) return tl::unexpected(std::move(ratio.error()));
    row.old_value = median(std::move(old_values));
    row.new_value = median(std::move(new_values));
    row.ratio = *ratio;
    row.verdict = judge(row.ratio, within);
    row.open = row.verdict == Verdict::within && row.ratio.high > 1 + within / 100;
    return row;
}

const char* word_of(const Row& row) {
    switch (row.verdict) {
        case Verdict::slower:
            return "SLOWER";
        case Verdict::faster:
            return "faster";
        case Verdict::within:
            break;
    }
    return row.open ? "within*" : "within";
}

/// Four significant digits, or all before the point.
std::string number(double value) {
    std::array<char, 32> text{};
    const int digits = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 256> line{};
    std::snprintf(line.data(), line.size(), format, values...);
    return line.data();
}

}  // namespace

bool Comparison::any_slower() const {
    return std::any_of(rows.begin(), rows.end(),
                       [](const Row& row) { return row.verdict == Verdict::slower; });
}

Verdict judge(const MedianInterval& ratio, double within) {
    if (ratio.low > 1 + within / 100) return Verdict::slower;
    if (ratio.high < 1 - within / 100) return Verdict::faster;
    return Verdict::within;
}

Result<Comparison> compare_pairs(const std::vector<Pair>& pairs, const AgainstOptions& options) {
    if (pairs.empty()) return fail(ErrorCode::invalid_argument, "no pairs to compare");
    Groups groups = groups_of(pairs, options.each);
    if (groups.rows.empty()) {
        return fail(ErrorCode::invalid_argument, "no figure is common to both commits");
    }
    Comparison comparison;
    comparison.one_sided = std::move(groups.one_sided);
    for (const auto& [group, names] : groups.rows) {
        auto row = row_of(group, names, pairs, options.within);
        if (!row) return tl::unexpected(std::move(row.error()));
        comparison.rows.push_back(std::move(*row));
    }
    return comparison;
}

std::string table_of(const std::string& title, const Comparison& comparison, std::size_t pairs,
                     const AgainstOptions& options) {
    std::string text = formatted("%-42s %9s %9s %-8s %6s %13s\n", title.c_str(), "old", "new", "",
                                 "ratio", "95 % interval");
    bool open = false;
    for (const Row& row : comparison.rows) {
        const std::string name = row.name.substr(0, 42);
        const std::string unit = row.unit.substr(0, 8);
        const std::string interval = formatted("%.3f-%.3f", row.ratio.low, row.ratio.high);
        text += formatted("%-42s %9s %9s %-8s %6.3f %13s %s\n", name.c_str(),
                          number(row.old_value).c_str(), number(row.new_value).c_str(),
                          unit.c_str(), row.ratio.median, interval.c_str(), word_of(row));
        open |= row.open;
    }
    if (open) {
        text +=
            formatted("* the interval reaches above %.3f as well: more than %zu pairs say more\n",
                      1 + options.within / 100, pairs);
    }
    for (const std::string& name : comparison.one_sided) {
        text += "only one commit has: " + name.substr(0, 78) + "\n";
    }
    return text;
}

}  // namespace quantum::compare
