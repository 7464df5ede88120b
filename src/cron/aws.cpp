#include "cron/aws.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "cron/mutant.hpp"

namespace quantum::cron {

namespace {

/// What stands between the brackets of `word(…)`; false where the text has another form.
struct Call {
    std::size_t from = 0;
    std::size_t to = 0;

    static bool read(std::string_view text, std::string_view word, Call& call) {
        if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != '(' ||
            text.back() != ')') {
            return false;
        }
        call = {word.size() + 1, text.size() - 1};
        return true;
    }
};

bool fail(CronError& error, CronErrorKind kind, std::size_t from, std::size_t to) {
    error.kind = kind;
    error.column =
        static_cast<std::uint32_t>(from) + (mutated(CronMutant::column_from_zero) ? 0 : 1);
    error.length = to > from ? static_cast<std::uint32_t>(to - from) : 1;
    return false;
}

bool parse_rate(std::string_view text, Call call, ParsedText& out, CronError& error) {
    const std::string_view inside = text.substr(call.from, call.to - call.from);
    std::uint32_t count = 0;
    const auto [end, problem] =
        std::from_chars(inside.data(), inside.data() + inside.size(), count);
    const auto digits = static_cast<std::size_t>(end - inside.data());
    if (problem != std::errc{} || count == 0 || digits == inside.size() || inside[digits] != ' ') {
        return fail(error, CronErrorKind::bad_rate, call.from, call.to);
    }
    std::string_view unit = inside.substr(digits + 1);
    // "1 hour", "5 minutes": anything else AWS refuses.
    const bool is_plural = unit.ends_with('s');
    if (is_plural == (count == 1) && !mutated(CronMutant::rate_of_any_number)) {
        return fail(error, CronErrorKind::bad_rate, call.from, call.to);
    }
    if (is_plural) unit.remove_suffix(1);
    std::int64_t seconds = 0;
    if (unit == "minute") seconds = 60;
    if (unit == "hour") seconds = mutated(CronMutant::rate_of_an_hour) ? 60 : 3600;
    if (unit == "day") seconds = 86400;
    constexpr std::int64_t longest = 9'000'000'000;  // 285 years, as for @every
    if (seconds == 0 || count > longest / seconds) {
        return fail(error, CronErrorKind::bad_rate, call.from, call.to);
    }
    out.kind = ParsedText::Kind::interval;
    out.interval = std::chrono::seconds(seconds * count);
    return true;
}

/// yyyy-mm-ddThh:mm:ss, a civil time.
bool parse_at(std::string_view text, Call call, ParsedText& out, CronError& error) {
    const std::string_view inside = text.substr(call.from, call.to - call.from);
    constexpr std::string_view form = "0000-00-00T00:00:00";
    bool good = inside.size() == form.size();
    for (std::size_t i = 0; good && i < form.size(); ++i) {
        good = form[i] == '0' ? inside[i] >= '0' && inside[i] <= '9' : inside[i] == form[i];
    }
    if (!good) return fail(error, CronErrorKind::bad_instant, call.from, call.to);
    const auto number = [&](std::size_t from, std::size_t count) {
        int value = 0;
        for (const char c : inside.substr(from, count)) value = value * 10 + (c - '0');
        return value;
    };
    using namespace std::chrono;
    const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                              day{static_cast<unsigned>(number(8, 2))}};
    const int hour = number(11, 2);
    const int minute = number(14, 2);
    const int second = number(17, 2);
    if (!date.ok() || hour > 23 || minute > 59 ||
        second > (mutated(CronMutant::leap_second_in_at) ? 60 : 59)) {
        return fail(error, CronErrorKind::bad_instant, call.from, call.to);
    }
    out.kind = ParsedText::Kind::once;
    out.once = local_days{date} + hours{hour} + minutes{minute} + seconds{second};
    return true;
}

}  // namespace

bool parse_aws(std::string_view text, std::string_view name, ParsedText& out, CronError& error) {
    Call call;
    if (Call::read(text, "cron", call)) {
        return detail::FieldParser<aws_rules>(text, call.from, call.to, name, out, error).parse();
    }
    if (Call::read(text, "rate", call)) return parse_rate(text, call, out, error);
    if (Call::read(text, "at", call)) return parse_at(text, call, out, error);
    return fail(error, text.empty() ? CronErrorKind::empty_text : CronErrorKind::no_aws_form, 0,
                text.size());
}

}  // namespace quantum::cron
