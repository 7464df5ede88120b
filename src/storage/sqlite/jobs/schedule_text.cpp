#include "storage/sqlite/jobs/schedule_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "quantum/cron.hpp"

namespace quantum::sqlite {
namespace {

// True if text, dialect, zone and DST words say all there is to say about the schedule.
bool is_written(const Schedule& schedule, std::string_view name) {
    const auto again = parse_schedule(schedule.text(), {.dialect = schedule.dialect(),
                                                        .zone = schedule.zone_name(),
                                                        .name = name,
                                                        .dst = schedule.dst(),
                                                        .days = schedule.days()});
    return again && again->anchored_at(schedule.anchor()) == schedule;
}

void write_schedule(json::object& object, const Schedule& schedule, std::string_view name) {
    if (is_written(schedule, name)) {
        const DstPolicy usual;
        if (schedule.dst().gap != usual.gap) object["dst_gap"] = to_string(schedule.dst().gap);
        if (schedule.dst().repeat != usual.repeat) {
            object["dst_repeat"] = to_string(schedule.dst().repeat);
        }
        if (schedule.days()) object["days"] = to_string(*schedule.days());
        return;
    }
    if (const auto period = schedule.period();
        period && Schedule::every(*period, schedule.anchor()) == schedule) {
        object["every_us"] = period->count();
        object["anchor_us"] = schedule.anchor().time_since_epoch().count();
        return;
    }
    if (const auto instant = schedule.next(WallTime::min());
        instant && Schedule::once(*instant) == schedule) {
        object["once_us"] = instant->time_since_epoch().count();
        return;
    }
    object["schedule"] = "own";
}

// Of a union or of what was narrowed, each part whole: false if one cannot be written.
bool write_part(json::object& object, const Schedule& part, std::string_view name);

bool write_parts(json::object& object, std::span<const Schedule> parts, std::string_view name) {
    json::array array;
    for (const Schedule& part : parts) {
        json::object written;
        if (!write_part(written, part, name)) return false;
        array.push_back(std::move(written));
    }
    object["any_of"] = std::move(array);
    return true;
}

std::string date_text(const std::chrono::year_month_day& date) {
    return std::to_string(static_cast<int>(date.year())) + '-' +
           std::to_string(static_cast<unsigned>(date.month())) + '-' +
           std::to_string(static_cast<unsigned>(date.day()));
}

bool write_narrowed(json::object& object, const Schedule& schedule, std::string_view name) {
    json::object of;
    if (!write_part(of, *schedule.narrowed(), name)) return false;
    json::object narrowed{{"of", std::move(of)}};
    if (schedule.from()) narrowed["from_us"] = schedule.from()->time_since_epoch().count();
    if (schedule.until()) narrowed["until_us"] = schedule.until()->time_since_epoch().count();
    json::array dates;
    for (const auto& date : schedule.left_out_dates()) dates.emplace_back(date_text(date));
    if (!dates.empty()) narrowed["except_dates"] = std::move(dates);
    object["narrowed"] = std::move(narrowed);
    return true;
}

// What is put together; false for what is not, or of parts that cannot be written.
bool write_composed(json::object& object, const Schedule& schedule, std::string_view name) {
    if (!schedule.parts().empty()) return write_parts(object, schedule.parts(), name);
    return schedule.narrowed() != nullptr && write_narrowed(object, schedule, name);
}

bool write_part(json::object& object, const Schedule& part, std::string_view name) {
    if (write_composed(object, part, name)) return true;
    write_schedule(object, part, name);
    if (object.contains("schedule")) return false;
    if (!object.contains("every_us") && !object.contains("once_us")) {
        object["text"] = part.text();
        object["dialect"] = to_string(part.dialect());
        object["zone"] = part.zone_name();
        if (part.anchor() != WallTime{}) {
            object["anchor_us"] = part.anchor().time_since_epoch().count();
        }
    }
    return true;
}

void read_schedule(Reader& reader, Restored& restored) {
    if (const auto gap = reader.text("dst_gap")) {
        if (const auto known = dst_gap_named(*gap)) {
            restored.dst.gap = *known;
        } else {
            reader.refuse("dst_gap", "the word '" + *gap + "' is unknown");
        }
    }
    if (const auto repeat = reader.text("dst_repeat")) {
        if (const auto known = dst_repeat_named(*repeat)) {
            restored.dst.repeat = *known;
        } else {
            reader.refuse("dst_repeat", "the word '" + *repeat + "' is unknown");
        }
    }
    if (const auto days = reader.text("days")) {
        restored.days = day_rule_named(*days);
        if (!restored.days) reader.refuse("days", "the word '" + *days + "' is unknown");
    }
    if (const auto period = reader.integer("every_us")) {
        if (*period < 1) reader.refuse("every_us", "must be at least 1");
        restored.schedule =
            Schedule::every(Duration(std::max<std::int64_t>(*period, 1)),
                            WallTime(Duration(reader.integer("anchor_us").value_or(0))));
    }
    if (const auto instant = reader.integer("once_us")) {
        restored.schedule = Schedule::once(WallTime(Duration(*instant)));
    }
    if (const auto own = reader.text("schedule")) restored.own_schedule = true;
}

Result<Schedule> read_part(const json::object& object, std::string_view name);

std::optional<std::chrono::year_month_day> date_of(const json::value& value) {
    const auto* const text = value.if_string();
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    char rest = 0;
    if (text == nullptr ||
        std::sscanf(text->c_str(), "%d-%u-%u%c", &year, &month, &day, &rest) != 3) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok()) return std::nullopt;
    return date;
}

void read_union(Reader& reader, std::string_view name, Restored& restored) {
    const json::value* const value = reader.find("any_of");
    if (value == nullptr) return;
    std::vector<Schedule> parts;
    if (const json::array* const array = value->if_array(); array != nullptr) {
        for (const json::value& element : *array) {
            if (!element.is_object()) return reader.refuse("any_of", "must contain objects");
            auto part = read_part(element.get_object(), name);
            if (!part) return reader.check(tl::unexpected(std::move(part).error()));
            parts.push_back(std::move(*part));
        }
    }
    if (parts.empty()) return reader.refuse("any_of", "must be an array of schedules");
    restored.schedule = Schedule::any_of(std::move(parts));
}

void read_narrowed(Reader& reader, std::string_view name, Restored& restored) {
    const json::object* const object = reader.object("narrowed");
    if (object == nullptr) return;
    Reader members(*object, "narrowed");
    const json::object* const of = members.object("of");
    if (of == nullptr) return reader.refuse("narrowed", "does not contain a schedule");
    auto schedule = read_part(*of, name);
    if (!schedule) return reader.check(tl::unexpected(std::move(schedule).error()));
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    if (const auto instant = members.integer("from_us")) from = WallTime(Duration(*instant));
    if (const auto instant = members.integer("until_us")) until = WallTime(Duration(*instant));
    if (from || until) schedule = schedule->within(from, until);
    if (const json::value* const value = members.find("except_dates"); value != nullptr) {
        const json::array* const array = value->if_array();
        std::vector<std::chrono::year_month_day> dates;
        for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
            const auto date = date_of((*array)[i]);
            if (date) dates.push_back(*date);
        }
        if (array == nullptr || dates.size() != array->size()) {
            members.refuse("except_dates", "must contain dates");
        }
        schedule = schedule->except_dates(std::move(dates));
    }
    reader.check(members.finish());
    restored.schedule = std::move(*schedule);
}

// What write_composed wrote, where that is there.
void read_composed(Reader& reader, std::string_view name, Restored& restored) {
    read_union(reader, name, restored);
    read_narrowed(reader, name, restored);
}

Result<Schedule> read_part(const json::object& object, std::string_view name) {
    Reader reader(object, "schedule");
    Restored restored;
    const auto text = reader.text("text");
    if (!text) {
        read_schedule(reader, restored);
        read_composed(reader, name, restored);
        if (!restored.schedule) reader.refuse("text", "is missing");
        if (Status status = reader.finish(); !status) return tl::unexpected(status.error());
        return *restored.schedule;
    }
    const std::string dialect = reader.text("dialect").value_or("");
    const std::string zone = reader.text("zone").value_or("");
    const auto anchor = reader.integer("anchor_us");
    read_schedule(reader, restored);
    const auto known = dialect_named(dialect);
    if (!known) reader.refuse("dialect", "the word '" + dialect + "' is unknown");
    if (Status status = reader.finish(); !status) return tl::unexpected(status.error());
    auto parsed = parse_schedule(*text, {.dialect = *known,
                                         .zone = zone,
                                         .name = name,
                                         .dst = restored.dst,
                                         .days = restored.days});
    if (!parsed) {
        return tl::unexpected(parsed.error().to_error().within("schedule '" + *text + "'"));
    }
    return anchor ? parsed->anchored_at(WallTime(Duration(*anchor))) : *parsed;
}

// How many schedules within each other it is put together from.
std::size_t levels(const Schedule& schedule) {
    if (const Schedule* const narrowed = schedule.narrowed()) return 1 + levels(*narrowed);
    std::size_t deepest = 0;
    for (const Schedule& part : schedule.parts()) deepest = std::max(deepest, levels(part));
    return schedule.parts().empty() ? 0 : 1 + deepest;
}

}  // namespace

void write_schedules(json::object& object, const Schedule& schedule, std::string_view name) {
    // What is read back may nest 32 deep, and each level takes two.
    constexpr std::size_t most_levels = 10;
    if (levels(schedule) > most_levels || !write_composed(object, schedule, name)) {
        write_schedule(object, schedule, name);
    }
}

void read_schedules(Reader& reader, std::string_view name, Restored& restored) {
    read_schedule(reader, restored);
    read_composed(reader, name, restored);
}

}  // namespace quantum::sqlite
