#include "peers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "statistics.hpp"

namespace quantum::compare {
namespace {

/// Fewer would not say much about where the field stands.
constexpr std::size_t peers_needed = 3;

std::vector<std::string_view> split(std::string_view line, char at) {
    std::vector<std::string_view> words;
    for (;;) {
        const std::size_t end = line.find(at);
        words.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return words;
        line.remove_prefix(end + 1);
    }
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool take_line(std::string_view line, EngineRun& run) {
    const auto words = split(line, '\t');
    if (words[0] == "unread" && words.size() == 3) {
        const auto expression = number_of<std::size_t>(words[1]);
        if (expression) run.unread.emplace(*expression, words[2]);
        return expression.has_value();
    }
    if ((words[0] != "answers" && words[0] != "time") || words.size() != 5) return false;
    const auto expression = number_of<std::size_t>(words[3]);
    if (!expression) return false;
    const Question question{std::string(words[1]), std::string(words[2]), *expression};
    if (words[0] == "answers") {
        run.answers.emplace(question, words[4]);
        return true;
    }
    const auto time = number_of<double>(words[4]);
    if (!time || *time <= 0) return false;
    run.times.emplace(question, *time);
    return true;
}

/// Three digits or all before the point: 1.23, 12.3, 123; from 100,000 on 100k, from ten million
/// 10M.
std::string short_number(double value) {
    const char* unit = "";
    if (value >= 9'999'500) {
        value /= 1e6;
        unit = "M";
    } else if (value >= 99'999.5) {
        value /= 1e3;
        unit = "k";
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f%s",
                  value >= 100  ? 0
                  : value >= 10 ? 1
                                : 2,
                  value, unit);
    return text.data();
}

std::string padded(const std::string& text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string left(const std::string& text, std::size_t width) {
    return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

class Report {
public:
    Report(const std::vector<Engine>& engines, const std::vector<std::string>& expressions)
        : engines_(engines), expressions_(expressions) {
        for (const auto& [question, answers] : ours().rounds.front().answers) {
            sheets_.insert({question.zone, question.manner});
        }
    }

    Result<PeersReport> make() {
        for (const auto& [zone, manner] : sheets_) {
            for (std::size_t i = 0; i < expressions_.size(); ++i) {
                if (!has_answer(ours(), {zone, manner, i})) {
                    return fail(ErrorCode::invalid_argument,
                                ours().name + " has no answer to " + expressions_[i]);
                }
            }
        }
        for (const auto& [zone, manner] : sheets_) {
            times(zone, manner);
            if (auto done = ratios(zone, manner); !done) {
                return tl::unexpected(std::move(done.error()));
            }
        }
        remarks();
        report_.peers.assign(ran_.begin(), ran_.end());
        return std::move(report_);
    }

private:
    [[nodiscard]] const Engine& ours() const { return engines_.front(); }
    [[nodiscard]] std::span<const Engine> peers() const { return std::span(engines_).subspan(1); }

    [[nodiscard]] bool ran(const Engine& engine) const {
        return engine.rounds.size() == ours().rounds.size();
    }

    /// In each round.
    [[nodiscard]] bool has_answer(const Engine& engine, const Question& question) const {
        return ran(engine) &&
               std::all_of(engine.rounds.begin(), engine.rounds.end(), [&](const EngineRun& run) {
                   return run.answers.contains(question) && run.times.contains(question);
               });
    }

    [[nodiscard]] bool agrees(const Engine& peer, const Question& question) const {
        const std::string& expected = ours().rounds.front().answers.at(question);
        return std::all_of(peer.rounds.begin(), peer.rounds.end(), [&](const EngineRun& run) {
            return run.answers.at(question) == expected;
        });
    }

    void title(const std::string& zone, const std::string& manner, const char* what) {
        report_.text += zone +
                        (manner == "each" ? ", next from each of many instants: "
                                          : ", next from the last answer: ") +
                        what + "\n";
    }

    void times(const std::string& zone, const std::string& manner) {
        title(zone, manner, "ns a call, median");
        report_.text += left("", 15);
        for (const Engine& engine : engines_) report_.text += padded(engine.name, 17);
        report_.text += '\n';
        for (std::size_t i = 0; i < expressions_.size(); ++i) {
            const Question question{zone, manner, i};
            report_.text += left(expressions_[i], 15);
            for (const Engine& engine : engines_) {
                report_.text += padded(has_answer(engine, question)
                                           ? short_number(median_time(engine, question))
                                           : "-",
                                       17);
            }
            report_.text += '\n';
        }
        report_.text += '\n';
    }

    static double median_time(const Engine& engine, const Question& question) {
        std::vector<double> values;
        for (const EngineRun& run : engine.rounds) values.push_back(run.times.at(question));
        return median(std::move(values));
    }

    Status ratios(const std::string& zone, const std::string& manner) {
        title(zone, manner, "peer/ours, median and 95 % interval");
        report_.text += left("", 15);
        for (const Engine& peer : peers()) report_.text += padded(peer.name, 21);
        report_.text += '\n';
        // Of each peer and round, the ratios of all expressions that count.
        std::vector<std::vector<std::vector<double>>> all(peers().size());
        for (std::size_t i = 0; i < expressions_.size(); ++i) {
            report_.text += left(expressions_[i], 15);
            for (std::size_t p = 0; p < peers().size(); ++p) {
                auto text = cell(peers()[p], {zone, manner, i}, all[p]);
                if (!text) return tl::unexpected(std::move(text.error()));
                report_.text += padded(*text, 21);
            }
            report_.text += '\n';
        }
        report_.text += left("geometric mean", 15);
        for (const auto& rounds : all) {
            std::vector<double> means;
            for (const auto& round : rounds) means.push_back(geometric_mean(round));
            auto text = interval_text(std::move(means));
            report_.text += padded(text ? *text : "-", 21);
        }
        report_.text += "\n\n";
        return {};
    }

    /// One ratio, which is added to those of its rounds; or a dash, with a remark to come.
    Result<std::string> cell(const Engine& peer, const Question& question,
                             std::vector<std::vector<double>>& rounds) {
        if (!has_answer(peer, question)) return std::string("-");
        if (!agrees(peer, question)) {
            differs_[peer.name].insert(question);
            return std::string("differs");
        }
        std::vector<double> values;
        for (std::size_t r = 0; r < peer.rounds.size(); ++r) {
            values.push_back(peer.rounds[r].times.at(question) /
                             ours().rounds[r].times.at(question));
        }
        auto text = interval_text(values);
        if (!text) return text;
        rounds.resize(values.size());
        for (std::size_t r = 0; r < values.size(); ++r) rounds[r].push_back(values[r]);
        ran_.insert(peer.name);
        return text;
    }

    static Result<std::string> interval_text(std::vector<double> values) {
        const auto found = median_interval(std::move(values));
        if (!found) return tl::unexpected(found.error());
        return short_number(found->median) + " (" + short_number(found->low) + "-" +
               short_number(found->high) + ")";
    }

    void remarks() {
        for (const Engine& peer : peers()) {
            if (!ran(peer)) {
                report_.text += peer.name + " did not run in every round\n";
                continue;
            }
            for (const auto& [expression, reason] : peer.rounds.front().unread) {
                report_.text += peer.name + " does not read " + expressions_.at(expression) + ": " +
                                reason.substr(0, 60) + "\n";
            }
            for (const Question& question : differs_[peer.name]) remark_on(peer, question);
        }
    }

    /// The first answer that differs.
    void remark_on(const Engine& peer, const Question& question) {
        const auto theirs = split(peer.rounds.front().answers.at(question), ',');
        const auto own = split(ours().rounds.front().answers.at(question), ',');
        std::size_t i = 0;
        while (i < theirs.size() && i < own.size() && theirs[i] == own[i]) ++i;
        const auto at = [](const auto& answers, std::size_t index) {
            return index < answers.size() ? std::string(answers[index]) : std::string("nothing");
        };
        report_.text += peer.name + " differs on " + expressions_.at(question.expression) + ", " +
                        question.zone + ", " + question.manner + ": answer " +
                        std::to_string(i + 1) + " is " + at(theirs, i) + ", ours " + at(own, i) +
                        "\n";
    }

    const std::vector<Engine>& engines_;
    const std::vector<std::string>& expressions_;
    std::set<std::pair<std::string, std::string>> sheets_;
    std::set<std::string> ran_;
    std::map<std::string, std::set<Question>> differs_;
    PeersReport report_;
};

}  // namespace

Result<EngineRun> read_engine_run(std::string_view text) {
    EngineRun run;
    for (const std::string_view line : split(text, '\n')) {
        if (!line.empty() && !take_line(line, run)) {
            return fail(ErrorCode::corrupt, "a line of another form: " + std::string(line));
        }
    }
    return run;
}

Result<PeersReport> compare_engines(const std::vector<Engine>& engines,
                                    const std::vector<std::string>& expressions) {
    if (engines.empty() || engines.front().rounds.empty()) {
        return fail(ErrorCode::invalid_argument, "our own driver did not run");
    }
    return Report(engines, expressions).make();
}

Status enough_peers(const PeersReport& report) {
    if (report.peers.size() >= peers_needed) return {};
    std::string names;
    for (const std::string& name : report.peers) names += (names.empty() ? "" : ", ") + name;
    return fail(ErrorCode::unavailable,
                "only " + std::to_string(report.peers.size()) + " peers ran" +
                    (names.empty() ? "" : " (" + names + ")") + "; a comparison needs at least " +
                    std::to_string(peers_needed));
}

}  // namespace quantum::compare
