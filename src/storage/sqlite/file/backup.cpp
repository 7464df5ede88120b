#include "storage/sqlite/file/backup.hpp"

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {
namespace {

namespace fs = std::filesystem;

// Removes the half-made copy whatever happens; after the link there is nothing else under it.
class Draft {
public:
    explicit Draft(fs::path path) : path_(std::move(path)) {}
    ~Draft() {
        std::error_code ignored;
        fs::remove(path_, ignored);
        fs::remove(path_.string() + "-journal", ignored);
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
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
    std::error_code wrong;
    if (fs::symlink_status(file, wrong).type() != fs::file_type::not_found) {
        return fail(ErrorCode::already_exists, file.string() + ": is there already");
    }
    const Draft draft(file.string() + ".part-" + std::to_string(::getpid()));
    {
        const Descriptor made(
            ::open(draft.path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!made) return io_failure(draft.path(), errno);
    }
    try {
        Database target(draft.path().string(), Database::Mode::read_write,
                        std::chrono::milliseconds(0));
        target.execute("PRAGMA synchronous = FULL");
        copy(source, target, progress);
    } catch (const Failure& failure) {
        return fail(ErrorCode::io_error, draft.path().string() + ": " + failure.what());
    }
    {
        const Descriptor whole(::open(draft.path().c_str(), O_RDWR | O_CLOEXEC));
        if (!whole || ::fsync(whole.get()) != 0) return io_failure(draft.path(), errno);
    }
    // A link, because a rename would replace a file that somebody made meanwhile.
    if (::link(draft.path().c_str(), file.c_str()) != 0) {
        if (errno == EEXIST) {
            return fail(ErrorCode::already_exists, file.string() + ": is there already");
        }
        return io_failure(file, errno);
    }
    return sync_directory(file.parent_path());
}

}  // namespace quantum::sqlite
