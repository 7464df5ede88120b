#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/finish.hpp"
#include "quantum/detail/cron/interval.hpp"
#include "quantum/detail/cron/item_parser.hpp"
#include "quantum/detail/cron/rules.hpp"

/// The grammar of all dialects with fields. Also runs at compile time, does not allocate, and reads
/// each byte once.
namespace quantum::cron {

/// Used as the name of a zone if a text has `TZ=` and nothing after it.
inline constexpr std::string_view no_zone_name = "?";

/// The meaning of a text of fields or a macro.
struct ParsedText {
    enum class Kind : std::uint8_t { fields, reboot, interval, once };

    Kind kind = Kind::fields;
    CronExpression expression;              ///< kind fields
    std::chrono::milliseconds interval{0};  ///< kind interval
    std::chrono::local_seconds once{};      ///< kind once: a civil time
    /// The zone named by the text itself, and its position; empty if there is none.
    std::string_view zone;
    std::uint32_t zone_column = 1;
};

namespace detail {

/// Parses a text by the rules of a dialect. Functions return false after `fail`.
template <const Rules& rules>
class FieldParser : ItemParser<rules> {
public:
    /// Parses the part [from, to) of `text`; columns are counted from the start of `text`.
    constexpr FieldParser(std::string_view text, std::size_t from, std::size_t to,
                          std::string_view name, ParsedText& out, CronError& error)
        : Base(text, from, to, name, out.expression, error), out_(out) {}

    constexpr bool parse() {
        if (!rules.single_blanks) {
            while (end_ != at_ && is_blank(end_[-1])) --end_;
            skip_blanks();
        }
        if (rules.zone_prefix) read_zone_prefix();
        if (at_ == end_) return fail(CronErrorKind::empty_text, at_, at_ + 1);
        if (*at_ == '@') return parse_macro();
        if (rules.dash_prefix && *at_ == '-') ++at_;
        const char* const fields = at_;
        return parse_fields() || fail_on_count(fields);
    }

private:
    /// `TZ=Europe/Zurich 0 3 * * *`, also CRON_TZ=; in Jenkins on a line of its own.
    constexpr void read_zone_prefix() {
        const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
        const std::size_t name = left.starts_with("TZ=") ? 3 : left.starts_with("CRON_TZ=") ? 8 : 0;
        if (name == 0) return;
        at_ += name;
        const char* const start = at_;
        while (at_ != end_ && !is_blank(*at_) && *at_ != '\n') ++at_;
        out_.zone = {start, static_cast<std::size_t>(at_ - start)};
        if (out_.zone.empty()) out_.zone = no_zone_name;  // reported by the caller
        out_.zone_column = static_cast<std::uint32_t>(start - begin_) + 1;
        while (at_ != end_ && (is_blank(*at_) || *at_ == '\n')) ++at_;
    }

    // --- the fields -----------------------------------------------------------------------

    constexpr bool parse_fields() {
        in_field_ = true;
        std::uint32_t count = 0;
        std::uint32_t order = rules.first_field;
        for (;; ++order) {
            field_ = static_cast<Field>(order);
            if (!parse_field()) return false;
            ++count;
            if (at_ == end_) break;
            if (rules.single_blanks) {
                ++at_;
            } else {
                skip_blanks();
            }
            if (count == rules.max_fields) {
                in_field_ = false;
                return fail(CronErrorKind::extra_fields, at_, end_);
            }
        }
        if (count < rules.min_fields) {
            field_ = static_cast<Field>(order + 1);
            return fail(CronErrorKind::missing_fields, end_, end_ + 1);
        }
        for (++order; order <= static_cast<std::uint32_t>(Field::year); ++order) {
            set_all(static_cast<Field>(order));
        }
        return complete();
    }

    /// Too many fields are the likely mistake, whatever else is wrong.
    constexpr bool fail_on_count(const char* fields) {
        std::uint32_t count = 0;
        const char* extra = nullptr;
        for (const char* p = fields; p != end_; ++p) {
            const bool starts = !is_blank(*p) && (p == fields || is_blank(p[-1]));
            if (starts && ++count == rules.max_fields + 1U) extra = p;
        }
        if (extra == nullptr) return false;
        in_field_ = false;
        return fail(CronErrorKind::extra_fields, extra, end_);
    }

    constexpr bool parse_field() {
        this->begin_field(field_);
        if (field_ == Field::day) day_begin_ = at_;
        if (field_ == Field::weekday) weekday_begin_ = at_;
        std::uint64_t set = 0;
        bool any = false;
        for (;; ++item_) {
            const char* const item = at_;
            if (!this->parse_item(set)) return false;
            any = any || at_ != item;
            if (at_ == end_ || *at_ != ',') break;
            ++at_;
        }
        if (rules.empty_items && !any) return fail(CronErrorKind::empty_item, field_begin_, at_);
        if (rules.lone_last && ((item_ > 0 && this->lasts_ > 0) || this->nths_ > 1)) {
            return fail(CronErrorKind::lone_special, field_begin_, at_);
        }
        if (rules.day_fields == DayFields::vixie && *field_begin_ == '*') e_.starred.add(field_);
        store(set);
        return true;
    }

    constexpr void store(std::uint64_t set) {
        switch (field_) {
            case Field::second:
                e_.seconds = set;
                break;
            case Field::minute:
                e_.minutes = set;
                break;
            case Field::hour:
                e_.hours = static_cast<std::uint32_t>(set);
                break;
            case Field::day:
                e_.days = static_cast<std::uint32_t>(set);
                break;
            case Field::month:
                e_.months = static_cast<std::uint16_t>(set);
                break;
            case Field::weekday:
                e_.weekdays = fold_weekdays(set, rules.weekdays_from_one);
                break;
            case Field::year:  // went into e_.years item by item
                if (e_.starred.has(Field::year)) e_.years.clear();
                break;
        }
    }

    constexpr void set_all(Field field) {
        e_.running.add(field);
        e_.starred.add(field);
        switch (field) {
            case Field::second:
            case Field::minute:
                e_.minutes = (std::uint64_t{1} << 60) - 1;
                break;
            case Field::hour:
                e_.hours = (1U << 24) - 1;
                break;
            case Field::day:
                e_.days = all_days;
                break;
            case Field::month:
                e_.months = all_months;
                break;
            case Field::weekday:
                e_.weekdays = all_weekdays;
                break;
            case Field::year:
                break;
        }
    }

    constexpr bool complete() {
        if (rules.day_fields == DayFields::one_question &&
            this->questions_.has(Field::day) == this->questions_.has(Field::weekday)) {
            field_ = Field::weekday;
            const char* after = weekday_begin_;
            while (after != end_ && !is_blank(*after)) ++after;
            return fail(CronErrorKind::day_rule, weekday_begin_, after);
        }
        const bool day_starred = e_.starred.has(Field::day);
        const bool weekday_starred = e_.starred.has(Field::weekday);
        switch (rules.day_fields) {
            case DayFields::vixie:
            case DayFields::star_or_both:
            case DayFields::either:
                e_.day_rule = day_starred || weekday_starred ? DayRule::both : DayRule::either;
                break;
            case DayFields::both:
            case DayFields::one_question:
                e_.day_rule = DayRule::both;
                break;
        }
        e_.special.short_months_clamp = rules.short_months_clamp && e_.special.nearest_weekday != 0;
        e_.special.nearest_next_door = rules.nearest_next_door && e_.special.nearest_weekday != 0;
        if (finish(e_)) return true;
        field_ = Field::day;
        return fail(CronErrorKind::never_matches, day_begin_ != nullptr ? day_begin_ : begin_,
                    end_);
    }

    // --- macros ---------------------------------------------------------------------------

    constexpr bool parse_macro() {
        const char* const start = at_++;
        const char* const word = at_;
        while (!at_end() && !is_blank(*at_)) ++at_;
        const std::string_view written(word, static_cast<std::size_t>(at_ - word));
        if (is_macro(written, "every", Macro::every)) {
            skip_blanks();
            if (at_end()) return fail(CronErrorKind::bad_interval, start, end_);
            out_.kind = ParsedText::Kind::interval;
            const std::string_view text(begin_, static_cast<std::size_t>(end_ - begin_));
            return IntervalParser(text, static_cast<std::size_t>(at_ - begin_), text.size(), error_)
                .parse(out_.interval);
        }
        if (!at_end()) return fail(CronErrorKind::unknown_macro, start, end_);
        if (is_macro(written, "reboot", Macro::reboot)) {
            out_.kind = ParsedText::Kind::reboot;
            return true;
        }
        const std::string_view fields = fields_of_macro(written);
        if (fields.empty()) return fail(CronErrorKind::unknown_macro, start, end_);
        // The texts above start with seconds, which most dialects do not have.
        const std::size_t from = rules.first_field == 0 ? 0 : fields.find(' ') + 1;
        FieldParser parser(fields, from, fields.size(), name_, out_, error_);
        if (!parser.parse()) return false;
        if (fields.front() == '*') {  // @secondly, even if there is no field for seconds
            e_.seconds = span(0, 59);
            e_.running.add(Field::second);
            e_.starred.add(Field::second);
            return finish(e_);
        }
        return true;
    }

    static constexpr bool is_macro(std::string_view written, std::string_view name, Macro macro) {
        if (!rules.macros.has(macro) || written.size() != name.size()) return false;
        for (std::size_t i = 0; i < name.size(); ++i) {
            const char c = rules.any_case_macros ? lower(written[i]) : written[i];
            if (c != name[i]) return false;
        }
        return true;
    }

    /// The fields that a macro stands for, seconds first; Jenkins spreads its own. Empty if there
    /// is no such macro.
    static constexpr std::string_view fields_of_macro(std::string_view word) {
        struct Meaning {
            std::string_view name;
            Macro macro;
            std::string_view fields;
            std::string_view spread;
        };
        constexpr Meaning meanings[] = {
            {"hourly", Macro::hourly, "0 0 * * * *", "0 H * * * *"},
            {"daily", Macro::daily, "0 0 0 * * *", "0 H H * * *"},
            {"midnight", Macro::midnight, "0 0 0 * * *", "0 H H(0-2) * * *"},
            {"weekly", Macro::weekly, "0 0 0 * * 0", "0 H H * * H"},
            {"monthly", Macro::monthly, "0 0 0 1 * *", "0 H H H * *"},
            {"yearly", Macro::yearly, "0 0 0 1 1 *", "0 H H H H *"},
            {"annually", Macro::annually, "0 0 0 1 1 *", "0 H H H H *"},
            {"minutely", Macro::minutely, "0 * * * * *", ""},
            {"secondly", Macro::secondly, "* * * * * *", ""},
        };
        for (const Meaning& meaning : meanings) {
            if (!is_macro(word, meaning.name, meaning.macro)) continue;
            return rules.specials.has(Special::hash) ? meaning.spread : meaning.fields;
        }
        return {};
    }

    using Base = ItemParser<rules>;
    using Base::at_;
    using Base::at_end;
    using Base::begin_;
    using Base::e_;
    using Base::end_;
    using Base::error_;
    using Base::fail;
    using Base::field_;
    using Base::field_begin_;
    using Base::in_field_;
    using Base::item_;
    using Base::name_;
    using Base::skip_blanks;

    const char* day_begin_ = nullptr;
    const char* weekday_begin_ = nullptr;
    ParsedText& out_;
};

}  // namespace detail

/// Parses `text` by `rules` into `out`; returns false and fills `error` if it is invalid. `name`
/// determines the values of `~` and `H`. `out` must be newly constructed.
template <const Rules& rules>
[[nodiscard]] constexpr bool parse_fields(std::string_view text, std::string_view name,
                                          ParsedText& out, CronError& error) {
    return detail::FieldParser<rules>(text, 0, text.size(), name, out, error).parse();
}

}  // namespace quantum::cron
