#include "why/not_due.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "cron/search.hpp"
#include "schedule/view.hpp"
#include "times/time_text.hpp"
#include "why/fields.hpp"
#include "why/mutant.hpp"

namespace quantum::why {
namespace {

using Rule = schedule::ScheduleView::Rule;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::seconds;

local_seconds shown(WallTime instant, const zone::Zone& zone) {
    const auto since = floor<seconds>(instant).time_since_epoch();
    return local_seconds(since + seconds(times::offset_at(&zone, instant)));
}

std::string capitalized(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    }
    return text;
}

/// One schedule after the other is asked why it does not name the instant.
class Refusals {
public:
    Refusals(const Context& context, WallTime instant, std::optional<local_seconds> missing)
        : context_(context), instant_(instant), missing_(missing) {}

    [[nodiscard]] Cause of(const Schedule& schedule) const {
        const Rule& rule = schedule::ScheduleView::rule(schedule);
        switch (rule.kind) {
            case Rule::Kind::cron:
                return of_cron(schedule, rule);
            case Rule::Kind::reboot:
                return {Code::not_due_reboot,
                        "It is due once per boot of the machine, and at no "
                        "set time."};
            case Rule::Kind::interval:
                return {Code::not_due_field,
                        tell("is not due: it runs every " + times::span_text(rule.rest().period) +
                             ", counted from " + context_.say.at(schedule.anchor()))};
            case Rule::Kind::once:
                return of_once(schedule);
            case Rule::Kind::any_of:
                return of_any(rule);
            case Rule::Kind::except:
                if (!rule.rest().parts[0].matches(instant_)) return of(rule.rest().parts[0]);
                return {Code::not_due_except, tell("is left out by an exception of its schedule")};
            case Rule::Kind::except_dates:
                return of_dates(rule);
            case Rule::Kind::within:
                return of_window(rule);
        }
        return {};
    }

private:
    // "Tue 02:30 is not due: …"
    [[nodiscard]] std::string tell(const std::string& rest) const {
        return capitalized(asked()) + ' ' + rest + '.';
    }

    [[nodiscard]] std::string asked() const {
        if (!missing_) return context_.say.at(instant_);
        // As it would have been shown.
        const times::ShortTimes as_shown(nullptr, context_.say.now());
        return as_shown.text(WallTime(missing_->time_since_epoch()));
    }

    [[nodiscard]] Cause of_cron(const Schedule& schedule, const Rule& rule) const {
        const local_seconds local = missing_ ? *missing_ : shown(instant_, *rule.zone);
        const std::string refused =
            refusing_fields(rule.expression(), schedule.text(), schedule.dialect(), local);
        if (!refused.empty()) return {Code::not_due_field, tell("is not due: " + refused)};
        if (missing_) return {Code::not_due_dst, tell(missing_text(rule))};
        if (floor<seconds>(instant_) != instant_) {
            return {Code::not_due_field, tell("is not due: due times are whole seconds")};
        }
        if (mutated(WhyMutant::second_pass_is_a_field)) {
            return {Code::not_due_field, tell("is not due")};
        }
        return {Code::not_due_dst, tell(repeated_text(rule, local))};
    }

    /// In the tense of the instant: "did not exist, because clocks went forward".
    [[nodiscard]] std::string missing_text(const Rule& rule) const {
        std::string text = is_past() ? "did not exist, because clocks went forward; "
                                     : "does not exist, because clocks go forward; ";
        if (rule.zone_rules.running_hour) {
            return text +
                   "a schedule whose hour is `*` or a step follows real time, and nothing "
                   "is made up for";
        }
        const std::string run = is_past() ? "its run was " : "its run is ";
        switch (rule.zone_rules.gap) {
            case DstGap::end:
                return text + run + "merged into the first instant after the change";
            case DstGap::shift:
                return text + run + "moved by as much";
            case DstGap::skip:
                break;
        }
        return text + "dst_gap = skip, so it " + (is_past() ? "did" : "does") + " not run";
    }

    [[nodiscard]] std::string repeated_text(const Rule& rule, local_seconds local) const {
        const std::int64_t now = floor<seconds>(instant_).time_since_epoch().count();
        const zone::Window& window = *rule.zone->window_at(now);
        const std::int64_t time = local.time_since_epoch().count();
        const bool is_second = time < window.seen_until;
        const bool is_first = window.again_from <= time;
        if (!is_second && !is_first) return "is not due";
        const auto& rules = rule.zone_rules;
        std::string text = is_past() ? "came twice, because clocks went back, and this was the "
                                     : "comes twice, because clocks go back, and this is the ";
        text += is_second ? "second pass; " : "first pass; ";
        if (rules.first_pass) return text + "fixed times run in the first one";
        if (rules.second_pass) return text + "dst_repeat = second";
        return text + "dst_repeat = none";
    }

    [[nodiscard]] bool is_past() const { return instant_ <= context_.say.now(); }

    [[nodiscard]] Cause of_once(const Schedule& schedule) const {
        const WallTime only = *schedule.once_at();
        const std::string when = context_.say.at(only);
        if (only <= context_.say.now()) {
            return {Code::not_due_finished, "Its only due time was " + when + ", and is over."};
        }
        return {Code::not_due_field, tell("is not due: its only due time is " + when)};
    }

    [[nodiscard]] Cause of_any(const Rule& rule) const {
        Cause all{Code::not_due_manual, "It has no schedule."};
        std::string text;
        for (const Schedule& part : rule.rest().parts) {
            Cause one = of(part);
            // One that is at least about this time says more than that it has others.
            if (text.empty()) all.code = one.code;
            text += (text.empty() ? "" : " ") + one.sentence;
        }
        if (!text.empty()) all.sentence = text;
        return all;
    }

    [[nodiscard]] Cause of_dates(const Rule& rule) const {
        const Schedule& base = rule.rest().parts[0];
        if (!base.matches(instant_) || mutated(WhyMutant::dates_pass)) return of(base);
        return {Code::not_due_except,
                capitalized(context_.say.times().day(instant_)) + " is in except_dates."};
    }

    [[nodiscard]] Cause of_window(const Rule& rule) const {
        const auto& from = rule.rest().from;
        const auto& until = rule.rest().until;
        const bool counts = !mutated(WhyMutant::window_passes);
        if (from && instant_ < *from && counts) {
            return {Code::not_due_window,
                    tell("is not due: the schedule begins at " + context_.say.at(*from))};
        }
        if (until && instant_ >= *until && counts) {
            return {Code::not_due_window,
                    tell("is not due: the schedule ended at " + context_.say.at(*until))};
        }
        return of(rule.rest().parts[0]);
    }

    const Context& context_;
    const WallTime instant_;
    const std::optional<local_seconds> missing_;
};

/// "since Mon 18:00"
std::string since(const Context& context, const JobRevision& revision) {
    return "since " + context.say.at(revision.stored.effective_from);
}

}  // namespace

Cause why_not_due(const Context& context, const JobRevision& revision, WallTime instant,
                  std::optional<local_seconds> missing) {
    const Job& job = *revision.stored.job;
    Cause cause;
    if (job.state() == JobState::inactive) {
        cause = {Code::not_due_inactive,
                 "It is not due: its state is inactive " + since(context, revision) + '.'};
    } else if (job.state() == JobState::finished) {
        const auto once = job.schedule() ? job.schedule()->once_at() : std::nullopt;
        cause = {Code::not_due_finished,
                 once ? "Its only due time was " + context.say.at(*once) + ", and is over."
                      : "It is finished " + since(context, revision) + '.'};
    } else if (!job.schedule()) {
        cause = {Code::not_due_manual, "It has no schedule, and runs only when it is triggered."};
    } else {
        const Schedule& schedule = *job.schedule();
        const bool is_dated = !schedule.is_reboot() && !schedule.parts().empty();
        const bool has_some = schedule.next(WallTime{}) || schedule.prev(WallTime{}) ||
                              schedule.is_reboot() || is_dated;
        cause = has_some ? Refusals(context, instant, missing).of(schedule)
                         : Cause{Code::never, "It has no due time at all."};
    }
    cause.rows.push_back(row_of(revision));
    return cause;
}

}  // namespace quantum::why
