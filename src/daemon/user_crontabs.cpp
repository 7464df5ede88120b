#include "daemon/user_crontabs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "config/file_list.hpp"
#include "config/read_file.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

using Kind = CrontabAnswer::Kind;

CrontabAnswer refused(std::string why) { return {Kind::refused, std::move(why)}; }

std::string tag_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
    return digits.data();
}

/// Whether a list names the user, one name a line. None: there is no list.
std::optional<bool> is_listed(const std::string& path, std::string_view user) {
    const auto text = config::read_file(path, base::FileTrust::root);
    if (!text) {
        // One that cannot be read names nobody, which is on the safe side for one that allows.
        if (text.error().code == ErrorCode::not_found) return std::nullopt;
        return false;
    }
    for (std::size_t begin = 0; begin < text->size();) {
        const std::size_t end = std::min(text->size(), text->find('\n', begin));
        std::string_view line = std::string_view(*text).substr(begin, end - begin);
        while (!line.empty() &&
               (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
            line.remove_suffix(1);
        }
        if (line == user) return true;
        begin = end + 1;
    }
    return false;
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(file, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

Status cannot_write(const std::string& path, int error) {
    return fail(ErrorCode::io_error,
                path + ": cannot write: " + std::generic_category().message(error));
}

/// "line 3, column 5: error: …", a line each, as far as anybody reads them.
std::string problems_of(const config::LoadedFile& file) {
    constexpr std::size_t most = 100;
    std::string text;
    std::size_t count = 0;
    for (const config::Diagnostic& problem : file.diagnostics()) {
        if (++count > most) break;
        if (problem.line > 0) {
            text += "line " + std::to_string(problem.line) + ", column " +
                    std::to_string(problem.column) + ": ";
        }
        text += std::string(to_string(problem.severity)) + ": " + problem.message + '\n';
    }
    const std::size_t all = file.diagnostics().size();
    if (all > most) text += "and " + std::to_string(all - most) + " more\n";
    return text;
}

}  // namespace

Result<config::Account> UserCrontabs::user(std::uint32_t uid) const {
    auto account = config::find_account(uid);
    if (!account || !config::is_name_in_spool(account->name) ||
        account->name.find('/') != std::string::npos) {
        return fail(ErrorCode::not_found,
                    "user number " + std::to_string(uid) + " has no account on this machine");
    }
    if (account->is_root || mutated(DaemonMutant::crontabs_for_everybody)) return *account;
    const auto allowed = is_listed(options_.allow, account->name);
    const auto denied = is_listed(options_.deny, account->name);
    if (allowed ? *allowed : !denied.value_or(false)) return *account;
    return fail(ErrorCode::invalid_argument, "you (" + account->name +
                                                 ") may not have a crontab; see " +
                                                 (allowed ? options_.allow : options_.deny));
}

std::string UserCrontabs::path_of(const config::Account& user) const {
    return (options_.spool / user.name).string();
}

CrontabAnswer UserCrontabs::read(const config::Account& user) const {
    auto text =
        config::read_file(path_of(user), base::FileTrust::user, config::max_user_crontab, user.uid);
    if (text) {
        std::string tag = tag_of(*text);
        return {Kind::done, std::move(*text), std::move(tag)};
    }
    if (text.error().code == ErrorCode::not_found) return {Kind::none, {}, {}};
    return refused(text.error().message);
}

CrontabAnswer UserCrontabs::replace(const config::Account& user, const std::string& text,
                                    std::string_view tag) {
    if (text.size() > config::max_user_crontab) {
        return refused("larger than 256 KiB, which is too large for a crontab");
    }
    if (!tag.empty()) {
        const CrontabAnswer before = read(user);
        const std::string now = before.kind == Kind::none ? "none" : before.tag;
        if (before.kind == Kind::refused) return before;
        if (now != tag && !mutated(DaemonMutant::crontab_changed_meanwhile)) {
            return refused("the crontab has been changed by somebody else meanwhile\n");
        }
    }
    const config::LoadedFile checked = options_.check(user, path_of(user), text);
    std::string problems = problems_of(checked);
    if (checked.verdict() && !mutated(DaemonMutant::crontab_not_checked)) {
        return refused(std::move(problems));
    }
    if (Status written = write(user, text); !written)
        return refused(written.error().message + '\n');
    return {Kind::done, std::move(problems), tag_of(text)};
}

Status UserCrontabs::write(const config::Account& user, const std::string& text) const {
    const std::string hidden = '.' + user.name + ".quantum-new";
    auto place = base::FoundPath::find((options_.spool / hidden).string(), base::PathRules());
    if (!place) return tl::unexpected(std::move(place).error());
    if (place->exists()) static_cast<void>(place->remove(hidden));  // of a life that ended too soon
    auto file = place->make_file(O_WRONLY, S_IRUSR | S_IWUSR);
    if (!file) return tl::unexpected(std::move(file).error());
    const bool is_written = write_all(file->get(), text) &&
                            fchown(file->get(), user.uid, static_cast<gid_t>(-1)) == 0 &&
                            fsync(file->get()) == 0;
    int error = is_written ? place->rename(hidden, user.name) : errno;
    if (error == 0) error = base::sync_names(place->directory());
    if (error == 0) return {};
    static_cast<void>(place->remove(hidden));
    return cannot_write(path_of(user), error);
}

CrontabAnswer UserCrontabs::remove(const config::Account& user) {
    auto place = base::FoundPath::find(
        path_of(user), base::PathRules{.user = user.uid, .follows_last_link = false});
    if (!place) {
        if (place.error().code == ErrorCode::not_found) return {Kind::none, {}, {}};
        return refused(place.error().message + '\n');
    }
    if (!place->exists()) return {Kind::none, {}, {}};
    int error = place->remove(user.name);
    if (error == 0) error = base::sync_names(place->directory());
    if (error == 0) return {};
    return refused(cannot_write(path_of(user), error).error().message + '\n');
}

}  // namespace quantum::daemon
