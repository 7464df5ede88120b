// `quantum why`: why a job ran at a time, or did not, or will, or will not.
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/storage/sqlite.hpp"

#include "cli/commands.hpp"
#include "cli/moment_option.hpp"
#include "cli/nearest_names.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/shell_word.hpp"
#include "cli/state_directory.hpp"
#include "cli/terminal.hpp"
#include "cli/why_text.hpp"
#include "config/diagnostic.hpp"
#include "times/moment.hpp"
#include "why/inquiry.hpp"

namespace quantum::cli {
namespace {

/// What keeps a question from being answered, and the exit code.
struct NoAnswer {
    std::string message;
    int code = exit_failure;
};

template <class Value>
using OrNoAnswer = tl::expected<Value, NoAnswer>;

tl::unexpected<NoAnswer> no_answer(const Error& error, int code = exit_failure) {
    return tl::unexpected(NoAnswer{error.message, code});
}

why::Presence presence_of(const std::filesystem::path& place) {
    why::Presence presence;
    const auto instance = instance_status(place);
    if (!instance) return presence;
    presence.is_held = instance->is_held;
    presence.is_suspended = instance->is_suspended;
    presence.is_degraded = instance->is_degraded;
    presence.degraded_since = instance->degraded_since;
    presence.reason = instance->reason;
    return presence;
}

/// One question: the ledger, who asks, and in which zone.
class Question {
public:
    Question(const WhyOptions& options, const Ledger& ledger, const why::Setting& setting)
        : options_(options), inquiry_(ledger, setting), ledger_(ledger), now_(setting.now) {}

    OrNoAnswer<why::Answers> answer() {
        auto known = ledger_.revisions_around(options_.target, now_, now_);
        if (!known) return no_answer(known.error());
        if (known->empty()) return about_execution();
        if (auto zone = choose_zone(); !zone) return tl::unexpected(zone.error());
        if (!options_.since.empty() || !options_.until.empty()) return about_period();
        if (options_.time.empty()) return found(inquiry_.last_and_next(options_.target));
        if (options_.time == "now") return found(inquiry_.now(options_.target));
        return about_time();
    }

    [[nodiscard]] const zone::Zone* zone() const { return zone_; }

private:
    static OrNoAnswer<why::Answers> found(Result<why::Answers> answers) {
        if (!answers) return no_answer(answers.error());
        return *std::move(answers);
    }

    OrNoAnswer<why::Answers> about_execution() {
        auto answers = inquiry_.execution(options_.target);
        if (answers) {
            zone_ = inquiry_.zone_of(answers->found.front().job);
            return *std::move(answers);
        }
        if (ids_beginning_with(options_.target)) return no_answer(answers.error());
        return tl::unexpected(NoAnswer{unknown_job(options_.target, ledger_), exit_failure});
    }

    OrNoAnswer<bool> choose_zone() {
        if (options_.zone.empty()) {
            zone_ = inquiry_.zone_of(options_.target);
            return true;
        }
        const auto zone = zone_option(options_.zone);
        if (!zone) return no_answer(zone.error(), exit_usage);
        zone_ = *zone;
        return true;
    }

    [[nodiscard]] times::MomentContext context() const { return {now_, zone_, times::Tense::past}; }

    OrNoAnswer<why::Answers> about_period() {
        const auto since = moment_of("--since", options_.since, PeriodSide::start, context());
        if (!since) return no_answer(since.error(), exit_usage);
        const auto until = moment_of("--until", options_.until, PeriodSide::end, context());
        if (!until) return no_answer(until.error(), exit_usage);
        const WallTime end = until->value_or(now_);
        const WallTime begin = since->value_or(end - std::chrono::hours(24));
        if (end <= begin) {
            return tl::unexpected(NoAnswer{"why: --until is not later than --since", exit_usage});
        }
        return found(inquiry_.about(options_.target, {begin, end - Duration(1)}, options_.limit));
    }

    /// Both passes of a local time that was shown twice.
    OrNoAnswer<why::Answers> about_time() {
        const auto moment = times::parse_moment(options_.time, context());
        if (!moment) return no_answer(moment.error(), exit_usage);
        why::Asked asked{moment->at, moment->last(moment->at)};
        if (moment->is_missing) {
            asked.until = asked.from;
            asked.missing = missing_time();
        }
        auto answers = inquiry_.about(options_.target, asked, options_.limit);
        if (!answers || !moment->again) return found(std::move(answers));
        auto second = inquiry_.about(
            options_.target, {*moment->again, moment->last(*moment->again)}, options_.limit);
        if (!second) return no_answer(second.error());
        std::move(second->found.begin(), second->found.end(), std::back_inserter(answers->found));
        return *std::move(answers);
    }

    /// As a clock would have shown it that does not go forward.
    [[nodiscard]] std::optional<std::chrono::local_seconds> missing_time() const {
        times::MomentContext as_if = context();
        as_if.zone = nullptr;
        const auto shown = times::parse_moment(options_.time, as_if);
        if (!shown) return std::nullopt;
        return std::chrono::local_seconds(
            std::chrono::floor<std::chrono::seconds>(shown->at).time_since_epoch());
    }

    const WhyOptions& options_;
    const why::Inquiry inquiry_;
    const Ledger& ledger_;
    const WallTime now_;
    const zone::Zone* zone_ = nullptr;
};

/// What is suggested concerns the same state directory.
void add_state(why::Answers& answers, const std::string& state) {
    if (state.empty()) return;
    for (why::Answer& answer : answers.found) {
        if (!answer.next_step.empty()) answer.next_step += " --state " + shell_word(state);
    }
}

OrNoAnswer<std::string> ask(const WhyOptions& options) {
    const auto place = state_directory(options.state);
    if (!place) return no_answer(place.error());
    const auto ledger = SqliteLedger::open(*place);
    if (!ledger) return no_answer(ledger.error());
    const auto current = now();
    if (!current) return no_answer(current.error());
    const why::Setting setting{.now = *current, .presence = presence_of(*place)};
    Question question(options, **ledger, setting);
    auto answers = question.answer();
    if (!answers) return tl::unexpected(answers.error());
    add_state(*answers, options.state);
    std::string text;
    const Style style(standard_output);
    for (const why::Answer& answer : answers->found) {
        if (options.json) {
            append_json(text, answer);
            text += '\n';
        } else {
            append_text(text, answer, question.zone(), *current, style);
        }
    }
    if (answers->more && !options.json) {
        text += "there is more: --limit shows it, or a shorter period\n";
    }
    return text;
}

}  // namespace

int why(const WhyOptions& options) {
    auto text = ask(options);
    if (!text) {
        print_error(text.error().message);
        return text.error().code;
    }
    Output out(standard_output);
    out.text() = *std::move(text);
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
