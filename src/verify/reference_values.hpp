#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "verify/reference_field.hpp"

// The items of a field's list as numbers, each dialect by its own arithmetic; a part of
// reference_field.hpp. What is not understood throws Unreadable.
namespace quantum::verify::reference {

struct FieldShape {
    Field field;
    const char* name;
    int low;
    int high;
};

[[nodiscard]] FieldShape shape_of(Field field, const DialectTraits& traits);

[[nodiscard]] std::vector<std::string> split(const std::string& text, char separator);
[[noreturn]] void refuse(const FieldShape& shape, const std::string& item);
[[nodiscard]] int plain_number(const FieldShape& shape, const std::string& text);
/// The value of one atom: a number, a name, or the dialect's L.
[[nodiscard]] int atom(const FieldShape& shape, const std::string& written,
                       const DialectTraits& traits);
/// A weekday as it is numbered here, 1 is Monday, of the number that the dialect has for it.
[[nodiscard]] int weekday_of(int number, const DialectTraits& traits);

/// One element of a list, taken apart but not yet understood.
struct Element {
    std::string written;
    bool star = false;
    bool question = false;
    std::string from;  ///< without a star
    std::string to;    ///< empty: one value
    int step = 0;      ///< 0: none

    [[nodiscard]] bool running() const { return star || question || step != 0; }
};

[[nodiscard]] Element take_apart(const FieldShape& shape, const std::string& written,
                                 const DialectTraits& traits);

/// It is drawn from the job's name: `H`.
[[nodiscard]] bool is_hashed(const std::string& written, const DialectTraits& traits);
/// Of the item with this number in its list.
[[nodiscard]] std::vector<int> values_of(const FieldShape& shape, const std::string& written,
                                         std::size_t item, const DialectTraits& traits);

}  // namespace quantum::verify::reference
