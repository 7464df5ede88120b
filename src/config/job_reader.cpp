#include "config/job_reader.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "config/command_reader.hpp"
#include "config/job_keys.hpp"
#include "config/request_reader.hpp"
#include "config/schedule_reader.hpp"

namespace quantum::config {
namespace {

constexpr std::array overlap_words{
    Word<Overlap>{"allow", Overlap::allow}, Word<Overlap>{"skip", Overlap::skip},
    Word<Overlap>{"queue", Overlap::queue}, Word<Overlap>{"replace", Overlap::replace}};
constexpr std::array misfire_words{Word<Misfire>{"one", Misfire::one},
                                   Word<Misfire>{"all", Misfire::all},
                                   Word<Misfire>{"skip", Misfire::skip}};
constexpr std::array on_lost_words{Word<OnLost>{"record", OnLost::record},
                                   Word<OnLost>{"rerun", OnLost::rerun}};
constexpr std::array state_words{Word<JobState>{"active", JobState::active},
                                 Word<JobState>{"inactive", JobState::inactive}};

}  // namespace

Job JobReader::read(const TomlSetting& name) {
    job_ = Job();
    if (const Status named = job_.set_name(std::string(name.key)); !named) {
        context_.in.refuse_key(name, named.error().message);
    }
    job_.set_source(printable_path(context_.options.path) + ':' +
                    std::to_string(context_.in.at(name.key_place).line));
    const ScheduleReader schedule(context_);
    if (auto read = schedule.read(name)) job_.set_schedule(*std::move(read));
    read_policies();
    read_task(name);
    schedule.check_future(job_);
    return std::move(job_);
}

void JobReader::read_policies() {
    if (const TomlSetting* const setting = context_.find("state")) {
        if (const auto state = context_.in.word(*setting, state_words)) job_.set_state(*state);
    }
    if (const TomlSetting* const setting = context_.find("misfire")) {
        if (const auto misfire = context_.in.word(*setting, misfire_words))
            job_.set_misfire(*misfire);
    }
    if (const TomlSetting* const setting = context_.find("misfire_cap")) {
        if (const auto cap = context_.in.integer(*setting, 1, most_counted)) {
            context_.in.check(*setting, job_.set_misfire_cap(static_cast<std::uint32_t>(*cap)));
        }
    }
    if (const TomlSetting* const setting = context_.find("grace")) {
        if (const auto grace = context_.in.duration(*setting)) {
            context_.in.check(*setting, job_.set_grace(*grace));
        }
    }
    if (const TomlSetting* const setting = context_.find("overlap")) {
        if (const auto overlap = context_.in.word(*setting, overlap_words))
            job_.set_overlap(*overlap);
    }
    if (const TomlSetting* const setting = context_.find("queue")) {
        if (const auto limit = context_.in.integer(*setting, 1, most_counted)) {
            context_.in.check(*setting, job_.set_queue_limit(static_cast<std::uint32_t>(*limit)));
        }
    }
    if (const TomlSetting* const setting = context_.find("tags")) {
        if (auto tags = context_.in.texts(*setting))
            context_.in.check(*setting, job_.set_tags(std::move(*tags)));
    }
    if (const TomlSetting* const setting = context_.find("jitter")) {
        if (const auto jitter = context_.in.duration(*setting)) {
            context_.in.check(*setting, job_.set_jitter(*jitter));
        }
    }
    if (const TomlSetting* const setting = context_.find("retry_past_next")) {
        if (const auto past = context_.in.boolean(*setting)) job_.set_retry_past_next(*past);
    }
    if (const TomlSetting* const setting = context_.find("run_if_past")) {
        if (const auto runs = context_.in.boolean(*setting)) job_.set_run_if_past(*runs);
    }
    if (const TomlSetting* const setting = context_.find("on_lost")) {
        if (const auto on_lost = context_.in.word(*setting, on_lost_words))
            job_.set_on_lost(*on_lost);
    }
    read_retries();
}

/// `backoff = "30s"` is always the same; a table says more.
void JobReader::read_retries() {
    Backoff backoff;
    const TomlSetting* const setting = context_.find("backoff");
    if (setting != nullptr && !setting->value->is_table()) {
        if (const auto fixed = context_.in.duration(*setting)) backoff = Backoff::fixed(*fixed);
    } else if (setting != nullptr) {
        for (const TomlSetting& part : TomlReader::settings(*setting->value->as_table())) {
            if (part.key == "first") {
                backoff.first = context_.in.duration(part).value_or(backoff.first);
            } else if (part.key == "longest") {
                backoff.longest = context_.in.duration(part).value_or(backoff.longest);
            } else if (part.key == "factor") {
                backoff.factor = context_.in.number(part).value_or(backoff.factor);
            } else if (part.key == "jitter") {
                backoff.jitter = context_.in.number(part).value_or(backoff.jitter);
            } else {
                context_.in.unknown(part, "a backoff", backoff_keys);
            }
        }
    }
    std::uint32_t retries = 0;
    if (const TomlSetting* const count = context_.find("retries")) {
        retries =
            static_cast<std::uint32_t>(context_.in.integer(*count, 0, most_counted).value_or(0));
    }
    const Status set = job_.set_retries(retries, backoff);
    if (setting != nullptr) context_.in.check(*setting, set);
}

void JobReader::read_task(const TomlSetting& name) {
    constexpr std::array<std::string_view, 3> kinds{"command", "shell", "http"};
    const TomlSetting* what = nullptr;
    for (const std::string_view kind : kinds) {
        const TomlSetting* const setting = context_.find(kind);
        if (setting == nullptr) continue;
        if (what != nullptr) {
            context_.in.refuse_key(
                *setting, "job '" + printable(name.key) + "' has '" + std::string(what->key) +
                              "' already; one of command, " + "shell and http is what it does");
            return;
        }
        what = setting;
    }
    if (what == nullptr) {
        context_.in.refuse_key(name,
                               "job '" + printable(name.key) +
                                   "' has nothing to do: one of command = [\"program\", \"word\"], "
                                   "shell = \"line\" and http = { url = \"…\" } is wanted");
        return;
    }
    if (what->key == "http") {
        RequestReader(context_).read(*what, job_);
    } else if (auto command = CommandReader(context_).read(*what)) {
        context_.in.check(*what, job_.set_task(*std::move(command)));
    }
}

}  // namespace quantum::config
