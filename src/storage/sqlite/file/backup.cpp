#include "storage/sqlite/file/backup.hpp"

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "storage/sqlite/file/state_directory.hpp"
#include "storage/sqlite/mutant.hpp"

namespace quantum::sqlite {
namespace {

namespace fs = std::filesystem;

// Removes the half-made copy whatever happens; after the link there is nothing else under it.
class Draft {
public:
    explicit Draft(const base::FoundPath& place) : place_(place) {}
    ~Draft() {
        static_cast<void>(place_.remove(place_.name()));
        static_cast<void>(place_.remove(place_.name() + "-journal"));
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

private:
    const base::FoundPath& place_;
};

void copy(Database& source, Database& target,
          const std::function<void(std::size_t, std::size_t)>& progress) {
    constexpr int pages_a_step = 4096;
    // The open transaction holds one state of the source: the copy never begins anew, however
    // much is written meanwhile.
    const Transaction snapshot(source, Transaction::Kind::read);
    (void)source.integer("SELECT last_batch FROM state");
    struct Finisher {
        void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
    };
    const std::unique_ptr<sqlite3_backup, Finisher> backup(
        sqlite3_backup_init(target.handle(), "main", source.handle(), "main"));
    if (backup == nullptr) {
        throw Failure(sqlite3_extended_errcode(target.handle()), sqlite3_errmsg(target.handle()));
    }
    int code = SQLITE_OK;
    do {
        code = sqlite3_backup_step(backup.get(), pages_a_step);
        if (code != SQLITE_OK && code != SQLITE_DONE) throw Failure(code, sqlite3_errstr(code));
        const auto pages = static_cast<std::size_t>(sqlite3_backup_pagecount(backup.get()));
        const auto left = static_cast<std::size_t>(sqlite3_backup_remaining(backup.get()));
        progress(pages - left, pages);
    } while (code != SQLITE_DONE);
}

}  // namespace

Status back_up(Database& source, const fs::path& file,
               const std::function<void(std::size_t, std::size_t)>& progress) {
    const std::string suffix = ".part-" + std::to_string(::getpid());
    const fs::path path = file.string() + suffix;
    base::PathRules rules = base::own_rules();
    if (mutated(SqliteMutant::backup_anywhere)) rules.asks_owners = false;
    auto place = base::FoundPath::find(path.string(), rules);
    if (!place) return fail(ErrorCode::io_error, std::move(place).error().message);
    const std::string name = place->name().substr(0, place->name().size() - suffix.size());
    const auto taken = [&] {
        return fail(ErrorCode::already_exists, file.string() + ": already exists");
    };
    if (identity_of(place->directory(), name.c_str())) return taken();
    const auto made = place->make_file(O_RDWR, 0600);
    if (!made) return tl::unexpected(made.error());
    const Draft draft(*place);
    try {
        Database target({place->directory(), place->name(), path}, Database::Mode::read_write,
                        std::chrono::milliseconds(0));
        target.execute("PRAGMA synchronous = FULL");
        copy(source, target, progress);
    } catch (const Failure& failure) {
        return fail(ErrorCode::io_error, path.string() + ": " + failure.what());
    }
    if (::fsync(made->get()) != 0) return io_failure(path, errno);
    // A link, because a rename would replace a file that somebody made meanwhile.
    const int error = place->link(place->name(), name);
    if (error == EEXIST) return taken();
    if (error != 0) return io_failure(file, error);
    if (identity_of(place->directory(), name.c_str()) != identity_of(made->get())) {
        return fail(ErrorCode::io_error, file.string() + ": was replaced while it was made");
    }
    const int unsynced = base::sync_names(place->directory());
    return unsynced == 0 ? Status{} : io_failure(file, unsynced);
}

}  // namespace quantum::sqlite
