#pragma once

#include <type_traits>

/// How a constructor refuses a mistake: by one error at the place of the mistake that says what is
/// expected. A static_assert would report that place last, after every header on the way to it.
///
///     template <NoTask T, class Mistake = mistake::a_task_takes_nothing>
///     consteval Task(const T&) : refusal_(&refused<Mistake>) {}
///
/// `refusal_` is a `Refusal` in a union with what an accepted value sets. A constant expression
/// that results in the address of an immediate function is an error, and compilers name both
/// functions.
namespace quantum::detail {

using Refusal = void (*)();

template <class Mistake>
consteval void refused() {}

/// What can be refused so whatever it contains. A lambda with captures is no constant expression if
/// it contains what is known only later: that needs a second, deleted constructor.
template <class T>
concept RefusedInPlace = !std::is_class_v<T> || std::is_empty_v<T>;

namespace mistake {

struct a_task_takes_nothing_or_an_Execution_or_an_ExecutionContext;
struct bool_or_optional_cannot_say_why_a_task_failed_return_Status_or_Result;
struct a_duration_has_a_unit_as_in_30s;
struct a_schedule_is_a_text_or_a_literal_or_a_Schedule;

}  // namespace mistake

}  // namespace quantum::detail
