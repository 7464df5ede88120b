#include "config/schedule_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/rfc3339.hpp"
#include "scheduler/jobs/accepted_job.hpp"

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

std::optional<Schedule> ScheduleReader::read(const TomlSetting& name) const {
    std::string zone(job_.options.zone);
    bool wrong = false;
    if (const TomlSetting* const setting = job_.find("zone")) {
        if (auto text = job_.in.text(*setting)) zone = std::move(*text);
        if (const auto probe = parse_schedule("* * * * *", {.zone = zone}); !probe) {
            job_.in.refuse(*setting, probe.error().message);
            wrong = true;
        }
    }
    Dialect dialect = Dialect::cron;
    if (const TomlSetting* const setting = job_.find("dialect")) {
        std::vector<std::string_view> names;
        for (int value = 0; value <= static_cast<int>(Dialect::systemd); ++value) {
            names.push_back(to_string(static_cast<Dialect>(value)));
        }
        const auto index = job_.in.index_of_word(*setting, names);
        wrong = wrong || !index;
        if (index) dialect = static_cast<Dialect>(*index);
    }
    std::optional<DayRule> days;
    if (const TomlSetting* const setting = job_.find("days")) {
        days = job_.in.word(*setting, day_words);
        wrong = wrong || !days;
    }
    const auto dst = read_dst();
    const TomlSetting* const setting = job_.find("schedule");
    if (setting == nullptr) {
        job_.in.refuse_key(name, "job '" + printable(name.key) + "' has no schedule");
        return std::nullopt;
    }
    if (wrong || !dst) return std::nullopt;

    std::vector<const toml::node*> texts{setting->value};
    if (const auto* const list = setting->value->as_array()) {
        texts.clear();
        for (const toml::node& node : *list) texts.push_back(&node);
        if (texts.empty()) job_.in.refuse(*setting, "the list is empty");
    }
    std::vector<Schedule> schedules;
    for (const toml::node* const node : texts) {
        const auto text = job_.in.text(TomlReader::element(*setting, *node));
        if (!text) return std::nullopt;
        auto parsed = parse_schedule(
            *text, {.dialect = dialect, .zone = zone, .name = name.key, .dst = *dst, .days = days});
        if (!parsed) {
            const ScheduleError& error = parsed.error();
            job_.in.refuse_part(
                *setting, *node, error.column, error.length,
                (error.field.empty() ? "" : error.field + " field: ") + error.message);
            return std::nullopt;
        }
        if (parsed->is_reboot() && texts.size() > 1) {
            job_.in.refuse(TomlReader::element(*setting, *node),
                           "@reboot has no due times and cannot be combined with other schedules");
            return std::nullopt;
        }
        const bool of_robfig = dialect == Dialect::kubernetes || dialect == Dialect::seconds;
        const Duration period = parsed->period().value_or(Duration());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(period);
        if (of_robfig && period != seconds) {
            job_.in.warn(TomlReader::element(*setting, *node),
                         "robfig, whose dialect this is, counts whole seconds: it treats '" +
                             *text + "' as every " +
                             std::to_string(std::max<std::int64_t>(seconds.count(), 1)) + "s");
        }
        schedules.push_back(std::move(*parsed));
    }
    if (schedules.empty()) return std::nullopt;
    Schedule schedule = schedules.size() == 1 ? std::move(schedules.front())
                                              : Schedule::any_of(std::move(schedules));
    narrow(schedule);
    return schedule;
}

std::optional<DstPolicy> ScheduleReader::read_dst() const {
    DstPolicy dst;
    if (const TomlSetting* const setting = job_.find("dst")) {
        const auto index = job_.in.index_of_word(*setting, preset_words);
        if (!index) return std::nullopt;
        dst = dst_preset_named(preset_words[*index]).value_or(dst);
    }
    if (const TomlSetting* const setting = job_.find("dst_gap")) {
        const auto gap = job_.in.word(*setting, gap_words);
        if (!gap) return std::nullopt;
        dst.gap = *gap;
    }
    if (const TomlSetting* const setting = job_.find("dst_repeat")) {
        const auto repeat = job_.in.word(*setting, repeat_words);
        if (!repeat) return std::nullopt;
        dst.repeat = *repeat;
    }
    return dst;
}

/// By `from`, `until` and `except_dates`.
void ScheduleReader::narrow(Schedule& schedule) const {
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    if (const TomlSetting* const setting = job_.find("from")) from = job_.in.instant(*setting);
    if (const TomlSetting* const setting = job_.find("until")) {
        until = job_.in.instant(*setting);
        if (from && until && *until <= *from) job_.in.refuse(*setting, "is not later than 'from'");
    }
    if (const TomlSetting* const setting = job_.find("except_dates")) {
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
            job_.in.refuse(*setting,
                           "must be a list of dates, such as [2026-12-25, 2027-01-01], without "
                           "quotes");
        } else if (!dates.empty()) {
            schedule = schedule.except_dates(std::move(dates));
        }
    }
    if (from || until) schedule = schedule.within(from, until);
}

/// What can still come of the schedule. That a single instant is over is an error of a job that is
/// new, as the scheduler would refuse it; one that is known has had it.
void ScheduleReader::check_future(const Job& read) const {
    const auto& schedule = read.schedule();
    if (job_.options.now == WallTime{} || !schedule || schedule->is_reboot()) return;
    const TomlSetting* const setting = job_.find("schedule");
    if (const auto instant = schedule->once_at()) {
        if (*instant >= job_.options.now || read.policies().run_if_past || is_known_one_shot(read))
            return;
        job_.in.refuse(*setting, "its only due time, " + base::rfc3339(*instant) +
                                     ", has passed; with run_if_past = true it would run at once");
        return;
    }
    if (read.state() != JobState::active || schedule->next(job_.options.now - Duration(1))) return;
    const TomlSetting* const until = job_.find("until");
    const bool is_over =
        until != nullptr && schedule->until() && *schedule->until() <= job_.options.now;
    job_.in.warn(is_over ? *until : *setting,
                 is_over ? "has passed: the job is never due again" : "is never due again");
}

bool ScheduleReader::is_known_one_shot(const Job& read) const {
    if (!job_.options.known) return false;
    const auto known = job_.options.known(read.name());
    return known && scheduler::is_same_one_shot(read, *known);
}

}  // namespace quantum::config
