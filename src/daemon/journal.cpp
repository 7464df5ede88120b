#include "daemon/journal.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace quantum::daemon {
namespace {

struct MessageId {
    std::string_view message;
    std::string_view id;
};

// They are for ever: people search by them.
constexpr std::array message_ids{
    MessageId{"quantum started", "88d3db1f0b4b44bd99e0324a423d2389"},
    MessageId{"quantum stopped", "73d04d2869564b53879f65dd2cfdfa59"},
    MessageId{"execution started", "6264fb04e7c545b692d24a653a3b84cb"},
    MessageId{"execution ended", "66d7002536e745d0ae3f19fade883049"},
    MessageId{"execution skipped", "8e0f661319dc444182bcd0fcba8ce968"},
    MessageId{"reloaded", "4c350e8091f84227a1013ccf04fa3bdf"},
    MessageId{"changed files were reloaded", "4c350e8091f84227a1013ccf04fa3bdf"},
    MessageId{"storage: a batch could not be stored; nothing new starts",
              "8c84fb25cb854f99ac813c43bfa31a6f"},
};

// As syslog counts them.
char priority_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return '7';
        case LogLevel::info:
            return '6';
        case LogLevel::warning:
            return '4';
        case LogLevel::error:
            break;
    }
    return '3';
}

/// In the one form if it is a line, otherwise in the other, with its length.
void append_value(std::string& record, std::string_view value) {
    if (value.find('\n') == std::string_view::npos) {
        record.append(1, '=').append(value).append(1, '\n');
        return;
    }
    record += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8) {
        record += static_cast<char>((std::uint64_t{value.size()} >> shift) & 0xFFU);
    }
    record.append(value).append(1, '\n');
}

}  // namespace

bool take_journal_stream() {
    // NOLINTBEGIN(concurrency-mt-unsafe): before any thread starts
    const char* const variable = std::getenv("JOURNAL_STREAM");
    const std::string stream = variable == nullptr ? "" : variable;
    unsetenv("JOURNAL_STREAM");
    // NOLINTEND(concurrency-mt-unsafe)
    struct stat status {};
    return fstat(STDERR_FILENO, &status) == 0 &&
           stream == std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

Result<base::FileDescriptor> connect_to_journal(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const bool fits = path.size() < sizeof address.sun_path;
    if (fits) std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    if (!fits || !socket ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = fits ? errno : ENAMETOOLONG;
        return fail(ErrorCode::io_error, path + ": cannot connect to the journal: " +
                                             std::generic_category().message(error));
    }
    // Room for the longest line; where the system allows less, that is what there is.
    const int room = 8 * 1024 * 1024;
    static_cast<void>(setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room));
    return socket;
}

void append_journal_head(std::string& record, LogLevel level, std::string_view message) {
    record.append("PRIORITY=").append(1, priority_of(level)).append(1, '\n');
    record.append("SYSLOG_IDENTIFIER=quantum\n");
    const std::string_view id = journal_id(message);
    if (!id.empty()) record.append("MESSAGE_ID=").append(id).append(1, '\n');
}

void append_journal_field(std::string& record, std::string_view name, std::string_view value) {
    record.append("QUANTUM_");
    for (const char c : name) {
        record += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    if (name == "execution") record.append("_ID");
    append_value(record, value);
}

void append_journal_message(std::string& record, std::string_view message) {
    record.append("MESSAGE");
    append_value(record, message);
}

std::string_view journal_id(std::string_view message) {
    const auto* const known =
        std::find_if(message_ids.begin(), message_ids.end(),
                     [message](const MessageId& one) { return one.message == message; });
    return known == message_ids.end() ? std::string_view() : known->id;
}

}  // namespace quantum::daemon
