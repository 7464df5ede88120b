#include "quantum/job.hpp"

#include <cstddef>
#include <utility>

#include "quantum/execution.hpp"

#include "run/http/request_check.hpp"

namespace quantum {
namespace {

constexpr std::size_t longest_name = 256;

// The length of the well-formed UTF-8 sequence at `text`, or 0. Overlong forms, surrogates and
// what lies beyond U+10FFFF are not well-formed.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t length = 0;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) length = 3;
    if (first >= 0xF0 && first <= 0xF4) length = 4;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned char second = byte(1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return length;
}

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
        const std::size_t length = utf8_length(name.substr(at));
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

struct TaskCheck {
    Status operator()(std::monostate) const {
        return fail(ErrorCode::invalid_argument, "task: there is none");
    }
    Status operator()(const Function& function) const {
        if (!function) return fail(ErrorCode::invalid_argument, "task: the function is empty");
        return {};
    }
    Status operator()(const ExecutionFunction& function) const {
        if (!function) return fail(ErrorCode::invalid_argument, "task: the function is empty");
        return {};
    }
    Status operator()(const HandlerCall& call) const {
        if (call.name.empty()) {
            return fail(ErrorCode::invalid_argument, "task: the handler has no name");
        }
        return {};
    }
    Status operator()(const Command& command) const {
        if (command.argv.empty() || command.argv.front().empty()) {
            return fail(ErrorCode::invalid_argument, "task: the command names no program");
        }
        return {};
    }
    Status operator()(const HttpRequest& request) const { return check_http_request(request); }
};

}  // namespace

Status Job::set_name(std::string name) {
    if (auto checked = check_name(name); !checked) return checked;
    name_ = std::move(name);
    return {};
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

Status Job::set_task(Task task) {
    if (auto checked = std::visit(TaskCheck{}, task); !checked) return checked;
    task_ = std::move(task);
    return {};
}

Job& Job::set_state(JobState state) {
    state_ = state;
    return *this;
}

Job& Job::set_overlap(Overlap overlap) {
    overlap_ = overlap;
    return *this;
}

Job& Job::set_misfire(Misfire misfire) {
    misfire_ = misfire;
    return *this;
}

Status Job::set_grace(std::optional<Duration> grace) {
    if (grace && *grace < Duration::zero()) {
        return fail(ErrorCode::invalid_argument, "grace: must not be negative");
    }
    grace_ = grace;
    return {};
}

Status Job::set_misfire_cap(std::uint32_t cap) {
    if (cap == 0) return fail(ErrorCode::invalid_argument, "misfire cap: must be at least 1");
    misfire_cap_ = cap;
    return {};
}

Status Job::set_queue_limit(std::uint32_t limit) {
    if (limit == 0) return fail(ErrorCode::invalid_argument, "queue limit: must be at least 1");
    queue_limit_ = limit;
    return {};
}

Job& Job::set_run_strategy(std::shared_ptr<const RunStrategy> strategy) {
    run_strategy_ = std::move(strategy);
    return *this;
}

Job& Job::set_source(std::string source) {
    source_ = std::move(source);
    return *this;
}

std::vector<std::string> LocalStrategy::nodes(std::string_view, std::string_view self,
                                              std::span<const std::string>) const {
    return {std::string(self)};
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
