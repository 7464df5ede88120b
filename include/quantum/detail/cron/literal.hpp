#pragma once

#include <cstddef>
#include <string_view>

#include "quantum/detail/cron/dialects.hpp"
#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/cron/parser.hpp"

/// Expressions checked at compile time:
///
///     using namespace quantum::literals;
///     constexpr auto quarter = "*/15 * * * *"_cron;
///     constexpr auto wrong = "61 * * * *"_cron;  // error: … value_is_out_of_range …
namespace quantum {

namespace cron::detail {

/// Functions that are not constant expressions: the compiler stops at the call and names it, and
/// with it the field and the reason.
template <Field field>
struct LiteralError {
    static void field_is_missing();
    static void value_is_missing();
    static void value_is_no_number_and_no_name();
    static void value_is_out_of_range();
    static void range_runs_backwards();
    static void step_is_zero_or_missing();
    static void special_is_not_in_the_dialect();
    static void no_allowed_year_has_such_a_date();
};

struct LiteralTextError {
    static void expression_is_empty();
    static void expression_has_too_many_fields();
    static void macro_is_unknown();
    static void schedule_is_no_civil_expression();
    static void expression_is_wrong();
};

template <Field field>
constexpr void stop_in(CronErrorKind kind) {
    using In = LiteralError<field>;
    switch (kind) {
        case CronErrorKind::missing_fields:
            return In::field_is_missing();
        case CronErrorKind::empty_item:
            return In::value_is_missing();
        case CronErrorKind::not_a_value:
            return In::value_is_no_number_and_no_name();
        case CronErrorKind::out_of_range:
        case CronErrorKind::step_too_large:
            return In::value_is_out_of_range();
        case CronErrorKind::reversed_range:
            return In::range_runs_backwards();
        case CronErrorKind::zero_step:
        case CronErrorKind::bad_step:
            return In::step_is_zero_or_missing();
        case CronErrorKind::not_in_dialect:
        case CronErrorKind::bad_special:
            return In::special_is_not_in_the_dialect();
        case CronErrorKind::never_matches:
            return In::no_allowed_year_has_such_a_date();
        default:
            return LiteralTextError::expression_is_wrong();
    }
}

constexpr void stop(const CronError& error) {
    if (error.in_field) {
        switch (error.field) {
            case Field::second:
                return stop_in<Field::second>(error.kind);
            case Field::minute:
                return stop_in<Field::minute>(error.kind);
            case Field::hour:
                return stop_in<Field::hour>(error.kind);
            case Field::day:
                return stop_in<Field::day>(error.kind);
            case Field::month:
                return stop_in<Field::month>(error.kind);
            case Field::weekday:
                return stop_in<Field::weekday>(error.kind);
            case Field::year:
                return stop_in<Field::year>(error.kind);
        }
    }
    switch (error.kind) {
        case CronErrorKind::empty_text:
            return LiteralTextError::expression_is_empty();
        case CronErrorKind::extra_fields:
            return LiteralTextError::expression_has_too_many_fields();
        case CronErrorKind::unknown_macro:
            return LiteralTextError::macro_is_unknown();
        default:
            return LiteralTextError::expression_is_wrong();
    }
}

template <const Rules& rules>
consteval CronExpression literal(std::string_view text) {
    ParsedText parsed;
    CronError error;
    if (!parse_fields<rules>(text, {}, parsed, error)) stop(error);
    if (parsed.kind != ParsedText::Kind::fields) {
        LiteralTextError::schedule_is_no_civil_expression();
    }
    return parsed.expression;
}

}  // namespace cron::detail

inline namespace literals {

/// Dialect `cron`; invalid text does not compile.
consteval cron::CronExpression operator""_cron(const char* text, std::size_t size) {
    return cron::detail::literal<cron::cron_rules>({text, size});
}

/// Dialect `quantum`, the sigil `~e[]` of Quantum for Elixir.
consteval cron::CronExpression operator""_quantum(const char* text, std::size_t size) {
    return cron::detail::literal<cron::quantum_rules>({text, size});
}

}  // namespace literals

}  // namespace quantum
