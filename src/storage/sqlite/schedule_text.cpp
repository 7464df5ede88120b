#include "storage/sqlite/schedule_text.hpp"

#include <algorithm>
#include <cstdint>
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

// One part of a union, whole: false if it cannot be written.
bool write_part(json::array& parts, const Schedule& part, std::string_view name) {
    json::object object;
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
    parts.push_back(std::move(object));
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

Result<Schedule> read_part(const json::object& object, std::string_view name) {
    Reader reader(object, "any_of");
    Restored restored;
    const auto text = reader.text("text");
    if (!text) {
        read_schedule(reader, restored);
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

}  // namespace

void write_schedules(json::object& object, const Schedule& schedule, std::string_view name) {
    json::array parts;
    for (const Schedule& part : schedule.parts()) {
        if (!write_part(parts, part, name)) break;
    }
    if (!parts.empty() && parts.size() == schedule.parts().size()) {
        object["any_of"] = std::move(parts);
    } else {
        write_schedule(object, schedule, name);
    }
}

void read_schedules(Reader& reader, std::string_view name, Restored& restored) {
    read_schedule(reader, restored);
    const json::value* const value = reader.find("any_of");
    if (value == nullptr) return;
    std::vector<Schedule> parts;
    if (const json::array* const array = value->if_array(); array != nullptr) {
        for (const json::value& element : *array) {
            if (!element.is_object()) return reader.refuse("any_of", "must hold objects");
            auto part = read_part(element.get_object(), name);
            if (!part) return reader.check(tl::unexpected(std::move(part).error()));
            parts.push_back(std::move(*part));
        }
    }
    if (parts.empty()) return reader.refuse("any_of", "must be an array of schedules");
    restored.schedule = Schedule::any_of(std::move(parts));
}

}  // namespace quantum::sqlite
