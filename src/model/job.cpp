#include "quantum/job.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/http_request.hpp"

#include "base/utf8.hpp"
#include "model/command_check.hpp"
#include "model/literal_schedule.hpp"
#include "model/packed_command.hpp"
#include "model/request_check.hpp"

namespace quantum {
namespace {

constexpr std::size_t longest_name = 256;

Status check_name(std::string_view name) {
    if (name.empty()) return fail(ErrorCode::invalid_argument, "job name: must not be empty");
    if (name.size() > longest_name) {
        return fail(ErrorCode::invalid_argument, "job name: has " + std::to_string(name.size()) +
                                                     " bytes, at most 256 are allowed");
    }
    if (name.front() == '/') {
        return fail(ErrorCode::invalid_argument, "job name: must not begin with '/'");
    }
    for (std::size_t at = 0; at < name.size();) {
        const auto first = static_cast<unsigned char>(name[at]);
        const std::size_t length = base::utf8_length(name.substr(at));
        if (length == 0) {
            return fail(ErrorCode::invalid_argument,
                        "job name: byte " + std::to_string(at + 1) + " is not valid UTF-8");
        }
        // C0, DEL and C1 (U+0080 to U+009F).
        if (first < 0x20 || first == 0x7F ||
            (first == 0xC2 && static_cast<unsigned char>(name[at + 1]) < 0xA0)) {
            return fail(ErrorCode::invalid_argument,
                        "job name: byte " + std::to_string(at + 1) + " is a control character");
        }
        at += length;
    }
    return {};
}

bool is_empty_function(const Task& task) {
    switch (task.kind()) {
        case TaskKind::function:
            return !*task.function();
        case TaskKind::execution_function:
            return !*task.execution_function();
        case TaskKind::context_function:
            return !*task.context_function();
        case TaskKind::coroutine_function:
            return !*task.coroutine_function();
        default:
            return false;
    }
}

Status check_task(const Task& task) {
    if (task.kind() == TaskKind::none) {
        return fail(ErrorCode::invalid_argument, "task: is missing");
    }
    if (is_empty_function(task)) {
        return fail(ErrorCode::invalid_argument, "task: the function is empty");
    }
    if (const HandlerCall* call = handler_of(task); call != nullptr && call->name.empty()) {
        return fail(ErrorCode::invalid_argument, "task: the handler has no name");
    }
    if (const auto command = model::CommandView::of(task)) {
        if (auto checked = check_command(*command); !checked) {
            return tl::unexpected(std::move(checked).error().within("task"));
        }
    }
    if (const HttpRequest* request = request_of(task)) return model::check_http_request(*request);
    return {};
}

// The same schedule read in another, existing zone. What knows no zone, or names its own, stays.
Schedule in_zone(const Schedule& schedule, std::string_view zone, std::string_view name) {
    if (!schedule.parts().empty()) {
        std::vector<Schedule> parts;
        for (const Schedule& part : schedule.parts()) parts.push_back(in_zone(part, zone, name));
        return Schedule::any_of(std::move(parts));
    }
    if (schedule.expression() == nullptr) return schedule;
    auto read = parse_schedule(schedule.text(), {.dialect = schedule.dialect(),
                                                 .zone = zone,
                                                 .name = name,
                                                 .dst = schedule.dst(),
                                                 .days = schedule.days()});
    if (read) return *std::move(read);
    // Made from an expression: there is no text.
    return Schedule::of(*schedule.expression(), zone, schedule.dst()).value_or(schedule);
}

// The number at the end of "file:12"; 0: there is none that would read so again.
std::uint32_t line_at_end(std::string_view source) {
    const std::size_t colon = source.rfind(':');
    if (colon == std::string_view::npos) return 0;
    const std::string_view digits = source.substr(colon + 1);
    std::uint32_t line = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, wrong] = std::from_chars(digits.data(), end, line);
    return wrong == std::errc() && rest == end && !digits.starts_with('0') ? line : 0;
}

}  // namespace

const Job::Extras Job::default_extras{};
const std::string Job::no_text{};

Status Job::set_name(std::string name) {
    if (auto checked = check_name(name); !checked) return checked;
    name_ = std::move(name);
    name_.shrink_to_fit();
    return {};
}

Job::Job(const JobDefaults& defaults) : schedule_(defaults.schedule), state_(defaults.state) {
    Extras extras;
    extras.policies.overlap = defaults.overlap;
    extras.policies.misfire = defaults.misfire;
    extras.policies.misfire_cap = defaults.misfire_cap;
    extras.policies.grace = defaults.grace;
    extras.run_strategy = defaults.run_strategy;
    if (defaults.zone != "UTC") extras.zone = defaults.zone;
    extras.dialect = defaults.dialect;
    extras.dst = defaults.dst;
    extras.days = defaults.days;
    if (extras != default_extras) extras_ = std::move(extras);
}

void Job::take_defaults(const Job& model) {
    if ((said_ & explicit_state) == 0) state_ = model.state_;
    if (!schedule_) schedule_ = model.schedule_;
    const auto before = std::exchange(said_, explicit_all);
    if (extras_ == model.extras_ || before == explicit_all) return;
    if (!extras_ && (before & explicit_policies) == 0) {
        extras_ = model.extras_;
        return;
    }
    Extras merged = extras();
    JobPolicies& policies = merged.policies;
    const JobPolicies& theirs = model.policies();
    if ((before & explicit_overlap) == 0) policies.overlap = theirs.overlap;
    if ((before & explicit_misfire) == 0) policies.misfire = theirs.misfire;
    if ((before & explicit_cap) == 0) policies.misfire_cap = theirs.misfire_cap;
    if ((before & explicit_grace) == 0) policies.grace = theirs.grace;
    if ((before & explicit_strategy) == 0) merged.run_strategy = model.run_strategy();
    if (merged != extras()) extras_ = std::move(merged);
}

Job& Job::set_schedule(Schedule schedule) {
    schedule_ = std::move(schedule);
    return *this;
}

Status Job::set_schedule(std::string_view text, const ScheduleOptions& options) {
    ScheduleOptions named = options;
    if (named.name.empty()) named.name = name_;
    auto parsed = parse_schedule(text, named);
    if (!parsed) return tl::unexpected(parsed.error().to_error());
    schedule_ = std::move(*parsed);
    return {};
}

Status Job::set_schedule(std::string_view text) {
    const Extras& mine = extras();
    return set_schedule(text, {.dialect = mine.dialect,
                               .zone = mine.zone.empty() ? "UTC" : mine.zone,
                               .dst = mine.dst,
                               .days = mine.days});
}

Status Job::set_schedule(const CronExpression& expression) {
    const Extras& mine = extras();
    auto made = model::schedule_of(expression, {.zone = mine.zone.empty() ? "UTC" : mine.zone,
                                                .name = name_,
                                                .dst = mine.dst,
                                                .days = mine.days});
    if (!made) return tl::unexpected(std::move(made).error());
    schedule_ = *std::move(made);
    return {};
}

Job& Job::add_schedule(Schedule schedule) {
    if (!schedule_) return set_schedule(std::move(schedule));
    std::vector<Schedule> parts(schedule_->parts().begin(), schedule_->parts().end());
    if (parts.empty()) parts.push_back(*schedule_);
    parts.push_back(std::move(schedule));
    return set_schedule(Schedule::any_of(std::move(parts)));
}

Status Job::set_zone(std::string_view zone) {
    // Any text will do: it is the zone that is asked for.
    if (const auto known = parse_schedule("* * * * *", {.zone = zone}); !known) {
        return tl::unexpected(known.error().to_error());
    }
    if (schedule_) schedule_ = in_zone(*schedule_, zone, name_);
    extras_.own().zone = zone;
    return {};
}

Status Job::set_task(Task task) {
    if (auto checked = check_task(task); !checked) return checked;
    task_ = std::move(task);
    return {};
}

Job& Job::set_state(JobState state) {
    state_ = state;
    said_ |= explicit_state;
    return *this;
}

Job& Job::set_overlap(Overlap overlap) {
    if (overlap != this->overlap()) extras_.own().policies.overlap = overlap;
    said_ |= explicit_overlap;
    return *this;
}

Job& Job::set_misfire(Misfire misfire) {
    if (misfire != this->misfire()) extras_.own().policies.misfire = misfire;
    said_ |= explicit_misfire;
    return *this;
}

Status Job::set_grace(std::optional<Duration> grace) {
    if (grace && *grace < Duration::zero()) {
        return fail(ErrorCode::invalid_argument, "grace: must not be negative");
    }
    if (grace != this->grace()) extras_.own().policies.grace = grace;
    said_ |= explicit_grace;
    return {};
}

Status Job::set_misfire_cap(std::uint32_t cap) {
    if (cap == 0) return fail(ErrorCode::invalid_argument, "misfire cap: must be at least 1");
    if (cap != misfire_cap()) extras_.own().policies.misfire_cap = cap;
    said_ |= explicit_cap;
    return {};
}

Status Job::set_queue_limit(std::uint32_t limit) {
    if (limit == 0) return fail(ErrorCode::invalid_argument, "queue limit: must be at least 1");
    if (limit != queue_limit()) extras_.own().policies.queue_limit = limit;
    return {};
}

Status Job::set_jitter(Duration longest) {
    if (longest < Duration::zero()) {
        return fail(ErrorCode::invalid_argument, "jitter: must not be negative");
    }
    if (longest != policies().jitter) extras_.own().policies.jitter = longest;
    return {};
}

Status Job::set_retries(std::uint32_t retries, const Backoff& backoff) {
    if (backoff.first < Duration::zero() || backoff.longest < Duration::zero()) {
        return fail(ErrorCode::invalid_argument, "backoff: must not be negative");
    }
    if (!(backoff.factor >= 1)) {
        return fail(ErrorCode::invalid_argument, "backoff: its factor must be at least 1");
    }
    if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {
        return fail(ErrorCode::invalid_argument, "backoff: its jitter must be from 0 to 1");
    }
    if (retries == policies().retries && backoff == policies().backoff) return {};
    JobPolicies& mine = extras_.own().policies;
    mine.retries = retries;
    mine.backoff = backoff;
    return {};
}

Job& Job::set_retry_past_next(bool past_next) {
    if (past_next != policies().retry_past_next) extras_.own().policies.retry_past_next = past_next;
    return *this;
}

Job& Job::set_on_lost(OnLost on_lost) {
    if (on_lost != policies().on_lost) extras_.own().policies.on_lost = on_lost;
    return *this;
}

Status Job::set_timeout(std::optional<Duration> timeout) {
    if (timeout && *timeout <= Duration::zero()) {
        return fail(ErrorCode::invalid_argument, "timeout: must be positive");
    }
    if (timeout != policies().timeout) extras_.own().policies.timeout = timeout;
    return {};
}

Status Job::set_tags(std::vector<std::string> tags) {
    for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
        if (tag->empty())
            return fail(ErrorCode::invalid_argument, "tags: must not contain an empty tag");
        if (std::find(tags.begin(), tag, *tag) != tag) {
            return fail(ErrorCode::invalid_argument, "tags: '" + *tag + "' is listed twice");
        }
    }
    if (tags != policies().tags) extras_.own().policies.tags = std::move(tags);
    return {};
}

Job& Job::set_run_if_past(bool run_if_past) {
    if (run_if_past != policies().run_if_past) extras_.own().policies.run_if_past = run_if_past;
    return *this;
}

Job& Job::set_run_strategy(std::shared_ptr<const RunStrategy> strategy) {
    if (strategy != run_strategy()) extras_.own().run_strategy = std::move(strategy);
    said_ |= explicit_strategy;
    return *this;
}

Job& Job::set_source(std::string_view source) {
    const std::uint32_t line = line_at_end(source);
    if (line != 0) source.remove_suffix(std::to_string(line).size() + 1);
    line_ = line;
    if (source.empty() && line == 0) {
        origin_ = JobOrigin();
    } else if (!origin_ || origin_.name() != source) {
        origin_ = JobOrigin(source);
    }
    return *this;
}

Job& Job::set_pause(std::optional<Pause> pause) {
    if (pause != this->pause()) extras_.own().pause = std::move(pause);
    return *this;
}

Job& Job::set_asked_for(WallTime instant) {
    if (instant != asked_for()) extras_.own().asked_for = instant;
    return *this;
}

std::string_view to_string(JobState state) {
    switch (state) {
        case JobState::active:
            return "active";
        case JobState::inactive:
            return "inactive";
        case JobState::finished:
            return "finished";
    }
    return "unknown";
}

std::string_view to_string(OutcomeKind kind) {
    switch (kind) {
        case OutcomeKind::succeeded:
            return "succeeded";
        case OutcomeKind::failed:
            return "failed";
        case OutcomeKind::timed_out:
            return "timed_out";
        case OutcomeKind::killed:
            return "killed";
        case OutcomeKind::lost:
            return "lost";
    }
    return "unknown";
}

}  // namespace quantum
