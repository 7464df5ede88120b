#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <cctz/civil_time.h>

// A field of a crontab expression, parsed independently: see verify/reference_text.hpp.
namespace quantum::verify {

using DayPredicate = std::function<bool(cctz::civil_day)>;

/// Thrown and caught only in the reference parser: an unknown text is a valid result.
struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How the dialects differ with respect to fields.
struct DialectTraits {
    enum class Days { vixie, plain_star, both, one_question };

    bool elixir = false;            ///< divisible steps, wrapped ranges by plain comparison
    Days days = Days::vixie;        ///< how the two day fields go together
    bool question_mark = false;     ///< `?` is `*`, in every field
    bool question_day = false;      ///< the same, in the two day fields
    bool sunday_ends_week = false;  ///< cronie's fri-sun
    bool sunday_is_one = false;  ///< weekdays from 1, Sunday, to 7, Saturday; L is the last value
    bool monday_first = false;   ///< Spring's week, and its W that looks next door only
    bool wraps = false;          ///< 22-2 goes on after the field's end
    bool any_case = false;       ///< specials in small letters too
    bool bare_steps = false;     ///< `/5` is `*/5`
    bool draws = false;          ///< `~`
    bool hashes = false;         ///< `H`
    int last_weekday = 7;        ///< where `a/n` ends
    int first_year = 0;
    int last_year = 9999;
    std::string_view name = {};  ///< of the job, from which is drawn
};

enum class Field { second, minute, hour, day, month, weekday, year };

/// Additional facts about a field apart from its values.
struct FieldFacts {
    bool running = false;
    bool begins_with_star = false;
    bool plain_star = false;  ///< a star without a step, anywhere in the list
};

/// The values of a numeric field, as a table of `size` elements.
[[nodiscard]] std::vector<bool> table_of(Field field, const std::string& text,
                                         const DialectTraits& traits, std::size_t size);
[[nodiscard]] std::vector<DayPredicate> day_questions(const std::string& field,
                                                      const DialectTraits& traits);
[[nodiscard]] std::vector<DayPredicate> weekday_questions(const std::string& field,
                                                          const DialectTraits& traits);
[[nodiscard]] std::function<bool(cctz::year_t)> year_question(const std::string& field,
                                                              const DialectTraits& traits);
[[nodiscard]] FieldFacts facts_of(Field field, const std::string& text,
                                  const DialectTraits& traits);

[[nodiscard]] std::string lower(std::string_view text);

}  // namespace quantum::verify
