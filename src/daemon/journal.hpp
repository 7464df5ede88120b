#pragma once

#include <string>
#include <string_view>

#include "quantum/log.hpp"
#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

// The system journal's own protocol: a datagram for each record, with fields.
namespace quantum::daemon {

/// Where the journal listens.
inline constexpr const char* journal_path = "/run/systemd/journal/socket";

/// Whether standard error is the journal's stream, to which records can also be sent with fields.
/// The variable that says so (JOURNAL_STREAM) is removed from the environment, because it is not
/// true of jobs. Before any thread starts.
[[nodiscard]] bool take_journal_stream();

/// A socket that is connected to the journal. Error: `io_error`.
[[nodiscard]] Result<base::FileDescriptor> connect_to_journal(
    const std::string& path = journal_path);

/// The fields that every record has. A record of a kind that matters has a MESSAGE_ID, by which
/// `journalctl MESSAGE_ID=…` finds all of that kind; see docs/operating/service.md.
void append_journal_head(std::string& record, LogLevel level, std::string_view message);

/// A field QUANTUM_NAME. Values are arbitrary bytes.
void append_journal_field(std::string& record, std::string_view name, std::string_view value);

/// The field MESSAGE.
void append_journal_message(std::string& record, std::string_view message);

/// The MESSAGE_ID of records with this message, such as "execution ended"; empty: they have none.
[[nodiscard]] std::string_view journal_id(std::string_view message);

}  // namespace quantum::daemon
