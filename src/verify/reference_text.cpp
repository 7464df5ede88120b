#include "verify/reference_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "verify/reference_calendar.hpp"

namespace quantum::verify {

namespace {

std::vector<std::string> split_words(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::vector<std::string> result;
    for (std::string word; in >> word;) result.push_back(word);
    return result;
}

bool any_of_questions(const std::vector<DayPredicate>& questions, cctz::civil_day day) {
    return std::any_of(questions.begin(), questions.end(),
                       [day](const DayPredicate& question) { return question(day); });
}

// Four years have every date on some weekday that matters here.
bool is_every_day(const std::vector<DayPredicate>& questions) {
    for (cctz::civil_day day(2000, 1, 1); day.year() < 2004; ++day) {
        if (!any_of_questions(questions, day)) return false;
    }
    return true;
}

// A star that leaves nothing out: there is only one field to be asked.
bool has_open_day(const ReferenceRule& rule) {
    return (rule.starred_day && is_every_day(rule.days_of_month)) ||
           (rule.starred_weekday && is_every_day(rule.days_of_week));
}

// Second, minute, hour, day, month, weekday, year.
ReferenceRule rule_of(const std::array<std::string, 7>& fields, const DialectTraits& traits) {
    ReferenceRule rule;
    rule.seconds = table_of(Field::second, fields[0], traits, 60);
    rule.minutes = table_of(Field::minute, fields[1], traits, 60);
    rule.hours = table_of(Field::hour, fields[2], traits, 24);
    rule.months = table_of(Field::month, fields[4], traits, 13);
    rule.days_of_month = day_questions(fields[3], traits);
    rule.days_of_week = weekday_questions(fields[5], traits);
    rule.year = year_question(fields[6], traits);
    rule.hour_running = facts_of(Field::hour, fields[2], traits).running;
    rule.below_hour_running = facts_of(Field::second, fields[0], traits).running ||
                              facts_of(Field::minute, fields[1], traits).running;
    const FieldFacts day = facts_of(Field::day, fields[3], traits);
    const FieldFacts weekday = facts_of(Field::weekday, fields[5], traits);
    switch (traits.days) {
        case DialectTraits::Days::vixie:
            rule.either_day = !day.begins_with_star && !weekday.begins_with_star;
            break;
        case DialectTraits::Days::plain_star:
            rule.either_day = !day.plain_star && !weekday.plain_star;
            break;
        case DialectTraits::Days::one_question:
            if ((fields[3] == "?") == (fields[5] == "?")) {
                throw Unreadable("exactly one of the two day fields must be '?'");
            }
            break;
        case DialectTraits::Days::both:
            break;
    }
    rule.starred_day = day.begins_with_star;
    rule.starred_weekday = weekday.begins_with_star;
    return rule;
}

// "1h30m", "90s", "1.5h": numbers and units one after another.
Duration read_duration(const std::string& text) {
    struct Unit {
        const char* name;
        double microseconds;
    };
    static constexpr std::array<Unit, 8> units{{{"ns", 1e-3},
                                                {"us", 1},
                                                {"\xc2\xb5s", 1},
                                                {"ms", 1e3},
                                                {"s", 1e6},
                                                {"m", 6e7},
                                                {"h", 3.6e9},
                                                {"\xce\xbcs", 1}}};
    double total = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto number_end = text.find_first_not_of("0123456789.", at);
        if (number_end == at || number_end == std::string::npos) break;
        const double number = std::atof(text.substr(at, number_end - at).c_str());
        auto unit_end = text.find_first_of("0123456789.", number_end);
        if (unit_end == std::string::npos) unit_end = text.size();
        const std::string name = text.substr(number_end, unit_end - number_end);
        const auto unit = std::find_if(units.begin(), units.end(),
                                       [&](const Unit& known) { return name == known.name; });
        if (unit == units.end()) break;
        total += number * unit->microseconds;
        at = unit_end;
    }
    if (at != text.size() || text.empty() || total <= 0) {
        throw Unreadable("the reference engine does not read the interval '" + text + "'");
    }
    // Whole milliseconds.
    const Duration exact(std::llround(total));
    if (exact % std::chrono::milliseconds(1) != Duration::zero() || exact == Duration::zero()) {
        throw Unreadable("the interval '" + text + "' is not of whole milliseconds");
    }
    return exact;
}

std::optional<std::array<std::string, 7>> macro(const std::string& name, bool elixir) {
    const auto at = [](const char* minute, const char* hour, const char* day, const char* month,
                       const char* weekday) {
        return std::array<std::string, 7>{"0", minute, hour, day, month, weekday, "*"};
    };
    if (name == "@yearly" || name == "@annually") return at("0", "0", "1", "1", "*");
    if (name == "@monthly") return at("0", "0", "1", "*", "*");
    if (name == "@weekly") return at("0", "0", "*", "*", "0");
    if (name == "@daily" || name == "@midnight") return at("0", "0", "*", "*", "*");
    if (name == "@hourly") return at("0", "*", "*", "*", "*");
    if (elixir && name == "@minutely") return at("*", "*", "*", "*", "*");
    if (elixir && name == "@secondly") {
        return std::array<std::string, 7>{"*", "*", "*", "*", "*", "*", "*"};
    }
    return std::nullopt;
}

// Those of Jenkins are drawn, so that not everything begins at midnight.
std::optional<std::array<std::string, 7>> hashed_macro(const std::string& name) {
    const auto at = [](const char* hour, const char* day, const char* month, const char* weekday) {
        return std::array<std::string, 7>{"0", "H", hour, day, month, weekday, "*"};
    };
    if (name == "@yearly" || name == "@annually") return at("H", "H", "H", "*");
    if (name == "@monthly") return at("H", "H", "*", "*");
    if (name == "@weekly") return at("H", "*", "*", "H");
    if (name == "@daily") return at("H", "*", "*", "*");
    if (name == "@midnight") return at("H(0-2)", "*", "*", "*");
    if (name == "@hourly") return at("*", "*", "*", "*");
    return std::nullopt;
}

ReferenceRule read_special(const std::vector<std::string>& parts, const DialectTraits& traits) {
    const std::string name = lower(parts[0]);
    if (name == "@reboot" && parts.size() == 1) {
        ReferenceRule rule;
        rule.reboot = true;
        return rule;
    }
    if (name == "@every" && parts.size() == 2) {
        ReferenceRule rule;
        rule.every = read_duration(parts[1]);
        return rule;
    }
    const auto fields = traits.hashes ? hashed_macro(name) : macro(name, traits.elixir);
    if (!fields || parts.size() != 1) {
        throw Unreadable("the reference engine does not know '" + parts[0] + "'");
    }
    // Spelled out by numbers and stars that every dialect reads alike.
    return rule_of(*fields, traits.hashes ? traits : DialectTraits{});
}

std::array<std::string, 7> spread(const std::vector<std::string>& parts, std::size_t first,
                                  std::size_t fewest, std::size_t most) {
    if (parts.size() < fewest || parts.size() > most) {
        throw Unreadable("the reference engine expects " + std::to_string(fewest) + " to " +
                         std::to_string(most) + " fields, not " + std::to_string(parts.size()));
    }
    std::array<std::string, 7> fields;
    fields.fill("*");
    if (first == 1) fields[0].assign(1, '0');
    for (std::size_t i = 0; i < parts.size(); ++i) fields.at(first + i) = parts[i];
    return fields;
}

// What is between the parentheses of `word(…)`; none: the text is no such thing.
std::optional<std::string> inside(const std::string& word, const std::string& text) {
    if (text.rfind(word + "(", 0) != 0 || text.back() != ')') return std::nullopt;
    return text.substr(word.size() + 1, text.size() - word.size() - 2);
}

ReferenceRule read_aws(const std::string& text, const DialectTraits& traits) {
    if (const auto fields = inside("cron", text)) {
        return rule_of(spread(split_words(*fields), 1, 6, 6), traits);
    }
    const auto rate = inside("rate", text);
    const std::vector<std::string> parts = rate ? split_words(*rate) : std::vector<std::string>();
    if (parts.size() != 2) throw Unreadable("the reference engine does not read '" + text + "'");
    const int count = std::atoi(parts[0].c_str());
    const std::string unit =
        parts[1].back() == 's' ? parts[1].substr(0, parts[1].size() - 1) : parts[1];
    ReferenceRule rule;
    if (unit == "minute") rule.every = std::chrono::minutes(count);
    if (unit == "hour") rule.every = std::chrono::hours(count);
    if (unit == "day") rule.every = std::chrono::hours(24 * count);
    if (count < 1 || !rule.every) throw Unreadable("'" + *rate + "' is not a valid rate");
    return rule;
}

DialectTraits manners_of(Dialect dialect, std::string_view name) {
    using Days = DialectTraits::Days;
    switch (dialect) {
        case Dialect::cron:
            return {.sunday_ends_week = true, .draws = true, .name = name};
        case Dialect::kubernetes:
        case Dialect::seconds:
            return {.days = Days::plain_star, .question_mark = true, .last_weekday = 6};
        case Dialect::spring:
            return {.days = Days::both, .question_day = true, .monday_first = true};
        case Dialect::quartz:
            return {.days = Days::one_question,
                    .question_day = true,
                    .sunday_is_one = true,
                    .wraps = true,
                    .any_case = true,
                    .bare_steps = true,
                    .first_year = 1970,
                    .last_year = 2299};
        case Dialect::aws:
            return {.days = Days::one_question,
                    .question_day = true,
                    .sunday_is_one = true,
                    .wraps = true,
                    .any_case = true,
                    .first_year = 1970,
                    .last_year = 2199};
        case Dialect::jenkins:
            return {.days = Days::plain_star, .hashes = true, .name = name};
        case Dialect::quantum:
        case Dialect::quantum_extended:
            return {.elixir = true, .days = Days::both};
        case Dialect::systemd:
            break;
    }
    throw Unreadable("the reference engine does not know this dialect");
}

// The zone that some dialects take in front of the fields.
std::string take_zone(std::vector<std::string>& parts, Dialect dialect) {
    const bool known = dialect == Dialect::kubernetes || dialect == Dialect::seconds ||
                       dialect == Dialect::jenkins;
    if (!known || parts.empty()) return {};
    for (const std::string prefix : {"CRON_TZ=", "TZ="}) {
        if (parts[0].rfind(prefix, 0) != 0) continue;
        std::string zone = parts[0].substr(prefix.size());
        parts.erase(parts.begin());
        return zone;
    }
    return {};
}

ReferenceRule read_fields(std::vector<std::string> parts, Dialect dialect,
                          const DialectTraits& traits) {
    switch (dialect) {
        case Dialect::cron:
            // A dash in front tells cronie not to log, and nothing else.
            if (parts[0].size() > 1 && parts[0][0] == '-') parts[0].erase(0, 1);
            return rule_of(spread(parts, 1, 5, 5), traits);
        case Dialect::kubernetes:
        case Dialect::jenkins:
            return rule_of(spread(parts, 1, 5, 5), traits);
        case Dialect::seconds:
        case Dialect::spring:
            return rule_of(spread(parts, 0, 6, 6), traits);
        case Dialect::quartz:
            return rule_of(spread(parts, 0, 6, 7), traits);
        case Dialect::quantum:
            return rule_of(spread(parts, 1, 1, 6), traits);
        default:
            return rule_of(spread(parts, 0, 1, 7), traits);
    }
}

// By the job's own word for two restricted day fields.
ReferenceRule with_days(ReferenceRule rule, std::optional<DayRule> days) {
    if (days && !has_open_day(rule)) rule.either_day = *days == DayRule::either;
    return rule;
}

ReferenceRule read(std::string_view text, Dialect dialect, std::optional<DayRule> days,
                   std::string_view name) {
    if (dialect == Dialect::systemd) return with_days(read_calendar(text), days);
    const DialectTraits traits = manners_of(dialect, name);
    std::vector<std::string> parts = split_words(text);
    std::string zone = take_zone(parts, dialect);
    if (parts.empty()) throw Unreadable("the text is empty");
    ReferenceRule rule;
    if (dialect == Dialect::aws) {
        rule = read_aws(std::string(text), traits);
    } else if (parts[0][0] == '@' && dialect != Dialect::quartz) {
        rule = read_special(parts, traits);
    } else {
        rule = read_fields(std::move(parts), dialect, traits);
    }
    rule.zone = std::move(zone);
    return with_days(std::move(rule), days);
}

}  // namespace

bool ReferenceRule::matches_day(cctz::civil_day day) const {
    if (!year(day.year()) || !months[static_cast<std::size_t>(day.month())]) return false;
    const bool of_month = any_of_questions(days_of_month, day);
    const bool of_week = any_of_questions(days_of_week, day);
    return either_day ? of_month || of_week : of_month && of_week;
}

ReferenceText read_reference(std::string_view text, Dialect dialect, std::optional<DayRule> days,
                             std::string_view name) {
    try {
        return {read(text, dialect, days, name), {}};
    } catch (const Unreadable& unreadable) {
        return {{}, unreadable.what()};
    }
}

}  // namespace quantum::verify
