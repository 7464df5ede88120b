#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rfc3339.hpp"
#include "config/job_reader.hpp"
#include "scheduler/jobs/accepted_job.hpp"

// When a job is due.
namespace quantum::config {
namespace {

constexpr std::array day_words{Word<DayRule>{"any", DayRule::either},
                               Word<DayRule>{"all", DayRule::both}};
constexpr std::array gap_words{Word<DstGap>{"end", DstGap::end},
                               Word<DstGap>{"shift", DstGap::shift},
                               Word<DstGap>{"skip", DstGap::skip}};
constexpr std::array repeat_words{
    Word<DstRepeat>{"auto", DstRepeat::automatic}, Word<DstRepeat>{"first", DstRepeat::first},
    Word<DstRepeat>{"second", DstRepeat::second}, Word<DstRepeat>{"both", DstRepeat::both},
    Word<DstRepeat>{"none", DstRepeat::none}};
constexpr std::array<std::string_view, 4> preset_words{"vixie", "robfig", "quartz", "quantum"};

}  // namespace

void JobReader::read_schedule(const TomlSetting& name) {
    std::string zone(options_.zone);
    bool wrong = false;
    if (const TomlSetting* const setting = find("zone")) {
        if (auto text = in_.text(*setting)) zone = std::move(*text);
        if (const auto probe = parse_schedule("* * * * *", {.zone = zone}); !probe) {
            in_.refuse(*setting, probe.error().message);
            wrong = true;
        }
    }
    Dialect dialect = Dialect::cron;
    if (const TomlSetting* const setting = find("dialect")) {
        std::vector<std::string_view> names;
        for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
            names.push_back(to_string(static_cast<Dialect>(value)));
        }
        const auto index = in_.index_of_word(*setting, names);
        wrong = wrong || !index;
        if (index) dialect = static_cast<Dialect>(*index);
    }
    std::optional<DayRule> days;
    if (const TomlSetting* const setting = find("days")) {
        days = in_.word(*setting, day_words);
        wrong = wrong || !days;
    }
    const auto dst = read_dst();
    const TomlSetting* const setting = find("schedule");
    if (setting == nullptr) {
        in_.refuse_key(name, "job '" + printable(name.key) + "' has no schedule");
        return;
    }
    if (wrong || !dst) return;

    std::vector<const toml::node*> texts{setting->value};
    if (const auto* const list = setting->value->as_array()) {
        texts.clear();
        for (const toml::node& node : *list) texts.push_back(&node);
        if (texts.empty()) in_.refuse(*setting, "the list is empty");
    }
    std::vector<Schedule> schedules;
    for (const toml::node* const node : texts) {
        const auto text = in_.text(TomlReader::element(*setting, *node));
        if (!text) return;
        auto parsed = parse_schedule(
            *text, {.dialect = dialect, .zone = zone, .name = name.key, .dst = *dst, .days = days});
        if (!parsed) {
            const ScheduleError& error = parsed.error();
            in_.refuse_part(*setting, *node, error.column, error.length,
                            (error.field.empty() ? "" : error.field + " field: ") + error.message);
            return;
        }
        if (parsed->is_reboot() && texts.size() > 1) {
            in_.refuse(TomlReader::element(*setting, *node),
                       "@reboot has no due times and stands alone");
            return;
        }
        const bool of_robfig = dialect == Dialect::kubernetes || dialect == Dialect::seconds;
        const Duration period = parsed->period().value_or(Duration());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(period);
        if (of_robfig && period != seconds) {
            in_.warn(TomlReader::element(*setting, *node),
                     "robfig, whose dialect this is, counts whole seconds: it takes '" + *text +
                         "' for every " +
                         std::to_string(std::max<std::int64_t>(seconds.count(), 1)) + "s");
        }
        schedules.push_back(std::move(*parsed));
    }
    if (schedules.empty()) return;
    Schedule schedule = schedules.size() == 1 ? std::move(schedules.front())
                                              : Schedule::any_of(std::move(schedules));
    narrow(schedule);
    job_.set_schedule(std::move(schedule));
}

std::optional<DstPolicy> JobReader::read_dst() {
    DstPolicy dst;
    if (const TomlSetting* const setting = find("dst")) {
        const auto index = in_.index_of_word(*setting, preset_words);
        if (!index) return std::nullopt;
        dst = dst_preset_named(preset_words[*index]).value_or(dst);
    }
    if (const TomlSetting* const setting = find("dst_gap")) {
        const auto gap = in_.word(*setting, gap_words);
        if (!gap) return std::nullopt;
        dst.gap = *gap;
    }
    if (const TomlSetting* const setting = find("dst_repeat")) {
        const auto repeat = in_.word(*setting, repeat_words);
        if (!repeat) return std::nullopt;
        dst.repeat = *repeat;
    }
    return dst;
}

/// By `from`, `until` and `except_dates`.
void JobReader::narrow(Schedule& schedule) {
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    if (const TomlSetting* const setting = find("from")) from = in_.instant(*setting);
    if (const TomlSetting* const setting = find("until")) {
        until = in_.instant(*setting);
        if (from && until && *until <= *from) in_.refuse(*setting, "is not later than 'from'");
    }
    if (const TomlSetting* const setting = find("except_dates")) {
        const auto* const list = setting->value->as_array();
        std::vector<std::chrono::year_month_day> dates;
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const auto* const date = (*list)[i].as_date();
            if (date == nullptr) break;
            dates.emplace_back(std::chrono::year{date->get().year},
                               std::chrono::month{date->get().month},
                               std::chrono::day{date->get().day});
        }
        if (list == nullptr || dates.size() != list->size()) {
            in_.refuse(*setting,
                       "a list of dates is wanted, such as [2026-12-25, 2027-01-01], without "
                       "quotes");
        } else if (!dates.empty()) {
            schedule = schedule.except_dates(std::move(dates));
        }
    }
    if (from || until) schedule = schedule.within(from, until);
}

/// What can still come of the schedule. That a single instant is over is an error of a job that is
/// new, as the scheduler would refuse it; one that is known has had it.
void JobReader::check_future() {
    const auto& schedule = job_.schedule();
    if (options_.now == WallTime{} || !schedule || schedule->is_reboot()) return;
    const TomlSetting* const setting = find("schedule");
    if (const auto instant = schedule->once_at()) {
        if (*instant >= options_.now || job_.policies().run_if_past || is_known_one_shot()) return;
        in_.refuse(*setting, "its only due time, " + rfc3339(*instant) +
                                 ", is over; with run_if_past = true it would run at once");
        return;
    }
    if (job_.state() != JobState::active || schedule->next(options_.now - Duration(1))) return;
    const TomlSetting* const until = find("until");
    const bool is_over =
        until != nullptr && schedule->until() && *schedule->until() <= options_.now;
    in_.warn(is_over ? *until : *setting,
             is_over ? "is over: the job is not due any more" : "is not due any more");
}

bool JobReader::is_known_one_shot() const {
    if (!options_.known) return false;
    const auto known = options_.known(job_.name());
    return known && scheduler::is_same_one_shot(job_, *known);
}

}  // namespace quantum::config
