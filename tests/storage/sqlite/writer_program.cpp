// Writes the scripted batches into a state directory, from where the ledger stands up to a number,
// and prints the number of each batch that was acknowledged. Started, killed and cut off by
// crash_test.cpp.
//
//   storage_sqlite_writer DIRECTORY LAST_BATCH [ATTEMPTS]
//   storage_sqlite_writer DIRECTORY backup FILE
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/script.hpp"

namespace {

using namespace quantum;

enum ExitCode { wrote_all = 0, cannot_open = 3, gave_up = 4, stopped = 5 };

void say(const std::string& line) {
    // One call a line, unbuffered: what was said was said, whatever happens next.
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        std::abort();
    }
}

int write_all(const char* directory, std::uint64_t last, int attempts) {
    auto storage = SqliteStorage::open(directory);
    if (!storage) {
        std::fprintf(stderr, "%s\n", storage.error().message.c_str());
        return cannot_open;
    }
    const auto snapshot = (*storage)->load();
    if (!snapshot) {
        std::fprintf(stderr, "%s\n", snapshot.error().message.c_str());
        return cannot_open;
    }
    say("opened\n");
    for (std::uint64_t id = snapshot->last_batch + 1; id <= last; ++id) {
        const Batch batch = test::scripted_batch(id);
        int left = attempts;
        while (true) {
            const CommitResult result = (*storage)->commit(batch);
            if (result.status == CommitStatus::done) {
                if (!result.reason.empty()) say("overcame " + result.reason + "\n");
                break;
            }
            say((result.status == CommitStatus::failed ? "failed " : "unknown ") +
                std::to_string(id) + "\n");
            std::fprintf(stderr, "%s\n", result.reason.c_str());
            if (result.status == CommitStatus::fatal) return stopped;
            if (--left == 0) return gave_up;
        }
        say("done " + std::to_string(id) + "\n");
        if (id % 50 == 0) {
            // What retention does is done beside the batches.
            (void)(*storage)->prune({.output_before = test::scripted_due(id / 2)});
        }
    }
    return wrote_all;
}

int back_up(const char* directory, const char* file) {
    const auto ledger = SqliteLedger::open(directory);
    if (!ledger) return cannot_open;
    const Status done = (*ledger)->backup(file);
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? wrote_all : gave_up;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    if (count == 4 && std::string_view(arguments[2]) == "backup") {
        return back_up(arguments[1], arguments[3]);
    }
    return write_all(arguments[1], std::strtoull(arguments[2], nullptr, 10),
                     count > 3 ? std::atoi(arguments[3]) : 20);
}
