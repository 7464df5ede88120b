#include "cli/plan_text.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "base/rfc3339.hpp"
#include "cli/json_text.hpp"
#include "cli/number_text.hpp"
#include "config/diagnostic.hpp"
#include "times/short_text.hpp"
#include "zone/zone.hpp"

namespace quantum::cli {
namespace {

using plan::ChangeKind;
using plan::DueChange;
using plan::JobPlan;

std::string one_line(std::string_view text) {
    return config::printable(text, std::string_view::npos);
}

std::string value_text(const std::string& value) {
    return value.empty() ? "-" : '"' + one_line(value) + '"';
}

std::string fields_text(const std::vector<plan::FieldChange>& fields) {
    std::string text;
    for (const plan::FieldChange& field : fields) {
        text += (text.empty() ? "" : "; ") + field.key + ' ' + value_text(field.before) + " -> " +
                value_text(field.after);
    }
    return text;
}

std::string signed_span(Duration by) {
    return by < Duration::zero() ? times::span_text(by) : "+" + times::span_text(by);
}

/// "30 runs move by +1h (from 28 Mar 03:30 on by +2h)"
std::string moves_text(const DueChange& due, const times::ShortTimes& times) {
    constexpr std::size_t most = 3;
    std::string text =
        with_commas(due.moved) + (due.moved == 1 ? " run moves by " : " runs move by ");
    text += signed_span(due.moves.front().by);
    for (std::size_t at = 1; at < due.moves.size(); ++at) {
        if (at > most) return text + ", ...)";
        text += (at == 1 ? " (from " : ", from ") + times.text(due.moves[at].first) + " on by " +
                signed_span(due.moves[at].by);
    }
    return due.moves.size() > 1 ? text + ')' : text;
}

std::string due_text(const JobPlan& job, const times::ShortTimes& times) {
    const DueChange& due = job.due;
    if (job.runs_at_boot) return "due once per boot; a reload does not run it";
    if (due.is_none()) {
        return due.before == 0 ? "no runs, before and after" : "the same runs as before";
    }
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : "; ") + part;
    };
    if (due.before != due.after || due.is_counted) {
        add(with_commas(due.before) + " -> " + with_commas(due.after) + " runs");
    }
    if (due.moved > 0) add(moves_text(due, times));
    if (due.vanish > 0 && due.before == due.after) add(with_commas(due.vanish) + " vanish");
    if (due.appear > 0 && due.before == due.after) add(with_commas(due.appear) + " appear");
    if (due.first_vanishing) add("first that vanishes " + times.text(*due.first_vanishing));
    if (due.first_appearing) add("first that appears " + times.text(*due.first_appearing));
    return text;
}

std::string removal_text(const JobPlan& job) {
    std::string text = "deleted: " + with_commas(job.due.before) +
                       (job.due.before == 1 ? " run vanishes" : " runs vanish");
    if (job.running > 0)
        text += "; " + std::to_string(job.running) + " running now goes on to its end";
    return text;
}

/// "1,200 stay as they are"
std::string staying(std::size_t number, const std::string& noun = {}) {
    if (number == 1) return "1" + noun + " stays as it is";
    return with_commas(number) + noun + (noun.empty() ? "" : "s") + " stay as they are";
}

/// So many jobs that change alike are told once.
constexpr std::size_t fewest_alike = 3;

/// One job, or several that change alike.
class PlanText {
public:
    PlanText(std::string& out, const plan::Plan& plan, const Style& style)
        : out_(out), plan_(plan), style_(style) {
        for (const JobPlan& job : plan.jobs) width_ = std::max(width_, columns_of(name(job)));
        width_ = std::min<std::size_t>(width_, 40);
    }

    void write() {
        const Groups groups = groups_of_alike();
        for (const auto& [fields, jobs] : groups) write_group(fields, jobs);
        for (const JobPlan& job : plan_.jobs) {
            const auto group = groups.find(fields_text(job.fields));
            if (job.kind == ChangeKind::changed && group != groups.end()) continue;
            write(job);
        }
        for (const JobPlan& job : plan_.jobs) {
            if (job.renamed_to.empty()) continue;
            out_ += "  ! " + name(job) + " -> " + one_line(job.renamed_to) +
                    " looks like a rename: history stays under the old name";
            out_ += job.loses_pause ? ", its pause is lost\n" : "\n";
        }
    }

private:
    using Groups = std::map<std::string, std::vector<const JobPlan*>>;

    static std::string name(const JobPlan& job) { return one_line(job.job); }

    [[nodiscard]] times::ShortTimes times_of(const JobPlan& job) const {
        return {zone::Zone::named(job.zone), plan_.period.from};
    }

    /// A default that has changed is told once.
    [[nodiscard]] Groups groups_of_alike() const {
        Groups groups;
        for (const JobPlan& job : plan_.jobs) {
            if (job.kind == ChangeKind::changed) groups[fields_text(job.fields)].push_back(&job);
        }
        std::erase_if(groups, [](const auto& group) { return group.second.size() < fewest_alike; });
        return groups;
    }

    void write_group(const std::string& fields, const std::vector<const JobPlan*>& jobs) {
        constexpr std::size_t most = 5;
        std::uint64_t before = 0;
        std::uint64_t after = 0;
        std::uint64_t moved = 0;
        for (const JobPlan* job : jobs) {
            before += job->due.before;
            after += job->due.after;
            moved += job->due.moved;
        }
        sign('~', style_.warning());
        out_ += std::to_string(jobs.size()) + " jobs   " + fields + "\n        ";
        for (std::size_t at = 0; at < std::min(jobs.size(), most); ++at) {
            out_ += (at == 0 ? "" : ", ") + name(*jobs[at]);
        }
        if (jobs.size() > most) out_ += " and " + std::to_string(jobs.size() - most) + " more";
        out_ += "\n        together " + with_commas(before) + " -> " + with_commas(after) + " runs";
        if (moved > 0) out_ += ", " + with_commas(moved) + " move";
        out_ += '\n';
    }

    void sign(char mark, std::string_view color) {
        out_ += "  ";
        out_ += color;
        out_ += mark;
        if (!color.empty()) out_ += style_.plain();
        out_ += ' ';
    }

    void write(const JobPlan& job) {
        const times::ShortTimes times = times_of(job);
        const std::string padding(width_ - std::min(width_, columns_of(name(job))), ' ');
        switch (job.kind) {
            case ChangeKind::changed:
                sign('~', style_.warning());
                out_ += name(job) + padding + "   " + fields_text(job.fields) + "   r" +
                        std::to_string(job.revision) + " -> r" + std::to_string(job.revision + 1) +
                        "\n        " + due_text(job, times) + '\n';
                return;
            case ChangeKind::added:
                sign('+', style_.good());
                out_ += name(job) + padding + "   new: " + with_commas(job.due.after) +
                        (job.due.after == 1 ? " run" : " runs");
                if (job.runs_at_boot) out_ += "; due once per boot, a reload does not run it";
                if (job.due.next_after) out_ += ", next " + times.text(*job.due.next_after);
                out_ += '\n';
                return;
            case ChangeKind::removed:
                sign('-', style_.error());
                out_ += name(job) + padding + "   " + removal_text(job) + '\n';
                return;
        }
    }

    std::string& out_;
    const plan::Plan& plan_;
    const Style& style_;
    std::size_t width_ = 0;
};

void append_due(JsonObject& object, const DueChange& due) {
    const auto number = [&object](std::string_view key, std::uint64_t value) {
        object.number(key, static_cast<std::int64_t>(value));
    };
    number("runs_before", due.before);
    number("runs_after", due.after);
    if (due.is_counted) {
        object.boolean("only_counted", true);
    } else {
        number("vanish", due.vanish);
        number("appear", due.appear);
        number("moved", due.moved);
    }
    const auto instant = [&object](std::string_view key, const std::optional<WallTime>& time) {
        if (time) object.text(key, base::rfc3339(*time));
    };
    instant("first_vanishing", due.first_vanishing);
    instant("first_appearing", due.first_appearing);
    instant("next_before", due.next_before);
    instant("next_after", due.next_after);
}

void append_moves(std::string& out, const std::vector<plan::Move>& moves) {
    out += '[';
    for (std::size_t at = 0; at < moves.size(); ++at) {
        if (at > 0) out += ',';
        JsonObject move(out);
        move.text("first", base::rfc3339(moves[at].first));
        move.number("count", static_cast<std::int64_t>(moves[at].count));
        move.number("by_us", moves[at].by.count());
        move.end();
    }
    out += ']';
}

void append_job(std::string& out, const JobPlan& job) {
    JsonObject object(out);
    object.text("job", job.job);
    object.text("change", to_string(job.kind));
    object.text("source", job.source);
    if (job.revision > 0) object.number("revision", job.revision);
    if (!job.fields.empty()) {
        object.key("fields");
        std::string_view separator = "[";
        for (const plan::FieldChange& field : job.fields) {
            out += separator;
            JsonObject one(out);
            one.text("key", field.key);
            one.text("before", field.before);
            one.text("after", field.after);
            one.end();
            separator = ",";
        }
        out += ']';
    }
    append_due(object, job.due);
    if (!job.due.moves.empty()) {
        object.key("moves");
        append_moves(out, job.due.moves);
    }
    if (job.running > 0) object.number("running", static_cast<std::int64_t>(job.running));
    if (job.runs_at_boot) object.boolean("reboot", true);
    if (!job.renamed_to.empty()) object.text("renamed_to", job.renamed_to);
    if (job.loses_pause) object.boolean("loses_pause", true);
    object.end();
    out += '\n';
}

}  // namespace

void append_text(std::string& out, const plan::Plan& plan, const std::string& apply,
                 const Style& style) {
    if (plan.jobs.empty()) {
        out += "nothing would change: " + staying(plan.unchanged, " job") + '\n';
        return;
    }
    out += "runs of the next " + times::span_text(plan.period.until - plan.period.from) + ":\n";
    PlanText(out, plan, style).write();
    const auto counted = [&plan](ChangeKind kind, std::string_view one, std::string_view more) {
        const std::size_t number = plan.count(kind);
        return with_commas(number) + std::string(number == 1 ? one : more) + ", ";
    };
    out += counted(ChangeKind::changed, " changes", " change") +
           counted(ChangeKind::added, " is new", " are new") +
           counted(ChangeKind::removed, " goes", " go") + staying(plan.unchanged) +
           ".\napply: " + apply + '\n';
}

void append_json(std::string& out, const plan::Plan& plan, const std::string& digest) {
    for (const JobPlan& job : plan.jobs) append_job(out, job);
    JsonObject object(out);
    object.number("changed", static_cast<std::int64_t>(plan.count(ChangeKind::changed)));
    object.number("added", static_cast<std::int64_t>(plan.count(ChangeKind::added)));
    object.number("removed", static_cast<std::int64_t>(plan.count(ChangeKind::removed)));
    object.number("unchanged", static_cast<std::int64_t>(plan.unchanged));
    object.text("from", base::rfc3339(plan.period.from));
    object.text("until", base::rfc3339(plan.period.until));
    object.text("digest", digest);
    object.end();
    out += '\n';
}

void append_text(std::string& out, const plan::StartPreview& preview, const zone::Zone* zone,
                 WallTime now) {
    const times::ShortTimes times(zone, now);
    out += preview.watermark ? "due times are decided up to " + times.text(*preview.watermark)
                             : "no due time has been decided yet";
    out += preview.steps.empty() ? "; a start now would have nothing to catch up\n"
                                 : "; a start now:\n";
    for (const plan::StartStep& step : preview.steps) {
        std::string verb(to_string(step.kind));
        verb.resize(std::max<std::size_t>(verb.size(), 10), ' ');
        out += "  " + verb + ' ' + one_line(step.job) + "   ";
        out += step.count > 1 ? with_commas(step.count) + " due times from " +
                                    times.text(step.due) + " to " + times.text(step.until)
                              : times.text(step.due);
        if (step.reason != SkipReason::none) {
            out += "   " + std::string(to_string(step.reason));
        }
        out += '\n';
    }
}

void append_json(std::string& out, const plan::StartPreview& preview) {
    for (const plan::StartStep& step : preview.steps) {
        JsonObject object(out);
        object.text("start", to_string(step.kind));
        object.text("job", step.job);
        object.text("due", base::rfc3339(step.due));
        if (step.count > 1) {
            object.text("until", base::rfc3339(step.until));
            object.number("count", step.count);
        }
        if (step.reason != SkipReason::none) object.text("reason", to_string(step.reason));
        object.end();
        out += '\n';
    }
    JsonObject object(out);
    object.number("steps", static_cast<std::int64_t>(preview.steps.size()));
    if (preview.watermark) object.text("decided_until", base::rfc3339(*preview.watermark));
    object.end();
    out += '\n';
}

}  // namespace quantum::cli
