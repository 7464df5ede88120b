#pragma once

#include <string>
#include <string_view>

namespace quantum::cli {

/// What a terminal is to obey, `sequence`, in a form that `append_for_terminal` lets through. Text
/// that comes from anywhere else cannot hold it: the form is drawn anew by each process. Of nine
/// bytes at most.
[[nodiscard]] std::string terminal_order(std::string_view sequence);

/// Appends text as a terminal is to be given it: what it would obey, what changes the direction of
/// text or is not seen, and bytes that are no UTF-8 become \x1b, \u202e or \xff; newlines, tabs and
/// orders stay.
void append_for_terminal(std::string& out, std::string_view text);

}  // namespace quantum::cli
