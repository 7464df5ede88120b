#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "quantum/schedule.hpp"

#include "support/paths.hpp"

/// The vectors: expressions of the world with the answers of their own engines.
namespace quantum::test {

inline std::vector<boost::json::object> read_vectors(const std::string& name) {
    std::vector<boost::json::object> lines;
    std::ifstream in(vectors(name));
    if (!in) throw std::runtime_error(vectors(name) + ": cannot be read");
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) lines.push_back(boost::json::parse(line).as_object());
    }
    return lines;
}

inline std::string text(const boost::json::object& line, std::string_view key) {
    const auto* value = line.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

inline std::vector<std::string> texts(const boost::json::value& list) {
    std::vector<std::string> out;
    for (const auto& item : list.as_array()) {
        if (item.is_string()) out.emplace_back(item.as_string());
    }
    return out;
}

/// Our dialect for a line (semantics.md, section 3, "Vectors").
inline std::optional<Dialect> dialect_of(const boost::json::object& line) {
    const std::string name = text(line, "dialect");
    const auto fields =
        line.if_contains("fields") != nullptr ? line.at("fields").to_number<int>() : 5;
    if (name == "vixie") return Dialect::cron;
    if (name == "k8s" || name == "github") return Dialect::kubernetes;
    if (name == "elixir") return fields == 7 ? Dialect::quantum_extended : Dialect::quantum;
    if (name == "robfig-seconds") return Dialect::seconds;
    if (name == "cronos") return fields == 5 ? Dialect::cron : Dialect::seconds;
    return dialect_named(name);
}

/// Lines on which semantics.md decides otherwise than the engine, with the rule.
///
/// `vector_departures.tsv`: file, id (or expression), rule. A listed line that agrees is stale and
/// fails the test, as does a line that disagrees and is not listed.
class Departures {
public:
    explicit Departures(std::string file) : file_(std::move(file)) {
        std::ifstream in(test_data("vector_departures.tsv"));
        for (std::string line; std::getline(in, line);) {
            if (line.empty() || line.front() == '#') continue;
            const auto first = line.find('\t');
            const auto second = line.find('\t', first + 1);
            if (line.substr(0, first) != file_) continue;
            listed_.insert(line.substr(first + 1, second - first - 1));
        }
    }

    [[nodiscard]] bool lists(const std::string& id) const { return listed_.contains(id); }

    /// Notes how a line went.
    void record(const std::string& id, bool agrees, const std::string& what) {
        seen_[id] = seen_.contains(id) ? seen_[id] && agrees : agrees;
        ++lines_;
        if (agrees) ++agreed_;
        if (!agrees && !lists(id)) unlisted_ += "\n" + id + "\t" + what;
    }

    /// Listed lines that were looked at and agree.
    [[nodiscard]] std::string stale() const {
        std::string out;
        for (const auto& id : listed_) {
            const auto found = seen_.find(id);
            if (found != seen_.end() && found->second) out += "\n" + id;
        }
        return out;
    }
    [[nodiscard]] const std::string& unlisted() const { return unlisted_; }
    [[nodiscard]] int lines() const { return lines_; }
    [[nodiscard]] int agreed() const { return agreed_; }

private:
    std::string file_;
    std::set<std::string> listed_;
    std::map<std::string, bool> seen_;
    std::string unlisted_;
    int lines_ = 0;
    int agreed_ = 0;
};

}  // namespace quantum::test
