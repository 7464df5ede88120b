#pragma once

/// The switch for deliberate one-line mistakes, which check whether the tests would notice them.
///
/// A room lists its mistakes in its own enum, `src/ROOM/mutant.hpp`, which also makes this switch
/// known in the room's namespace, and makes each in one place:
///
///     if (mutated(SchedulerMutant::grace_ignored)) return false;
///
/// Only the build with the preset `mutants` has the switch. There, the mistake named in the
/// environment, QUANTUM_MUTANT=scheduler.grace_ignored, is made by every program that finds it: the
/// test programs and the programs they start. Other builds contain no trace of it.
///
/// Thread-safety: may be used from any thread. `./dev mutants` tries all mistakes; see
/// CONTRIBUTING.md.
#ifdef QUANTUM_MUTANTS

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace quantum::base {

namespace mutants {

/// "quantum::scheduler::SchedulerMutant::grace_ignored"; a cast expression if no enumerator has the
/// value.
template <auto value>
constexpr std::string_view spelled() {
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.find("value = ") + 8);
    return text.substr(0, text.find_first_of(";]"));
}

constexpr std::string_view after_colons(std::string_view text) {
    const std::size_t at = text.rfind("::");
    return at == std::string_view::npos ? text : text.substr(at + 2);
}

/// "scheduler." for SchedulerMutant.
template <class Room>
std::string room_prefix() {
    std::string_view text = spelled<Room{}>();
    text = after_colons(text.substr(0, text.rfind("::")));
    std::string room(text.substr(0, text.rfind("Mutant")));
    for (char& letter : room) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return room + '.';
}

template <class Room, std::size_t... number>
Room named(std::string_view name, std::index_sequence<number...>) {
    Room found{};
    const auto look = [&](Room mutant, std::string_view text) {
        if (text.find('(') == std::string_view::npos && after_colons(text) == name) found = mutant;
    };
    (look(static_cast<Room>(number), spelled<static_cast<Room>(number)>()), ...);
    return found;
}

/// The mistake of this room that is named in the environment. An unknown name ends the program: a
/// mistake that is not made must not count as one that nobody noticed.
template <class Room>
Room wanted() {
    const char* variable = std::getenv("QUANTUM_MUTANT");
    std::string_view name = variable == nullptr ? "" : variable;
    const std::string prefix = room_prefix<Room>();
    if (name.substr(0, prefix.size()) != prefix) return Room{};
    name.remove_prefix(prefix.size());
    const Room found = named<Room>(name, std::make_index_sequence<128>{});
    if (found == Room{}) {
        std::fprintf(stderr, "QUANTUM_MUTANT=%s: there is no such mistake\n", variable);
        std::abort();
    }
    return found;
}

}  // namespace mutants

/// True if this is the mistake to make. Never true for the first enumerator of a room, `none`.
template <class Room>
bool mutated(Room mutant) {
    static const Room active = mutants::wanted<Room>();
    return mutant == active;
}

}  // namespace quantum::base

#else

namespace quantum::base {

template <class Room>
constexpr bool mutated(Room /*mutant*/) {
    return false;
}

}  // namespace quantum::base

#endif
