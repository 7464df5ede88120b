#include "run/process/account_expiry.hpp"

#include <cerrno>
#include <ctime>
#include <system_error>
#include <vector>

#include "run/mutant.hpp"

namespace quantum::run {

std::string expiry_fault(const spwd& account, long today) {
    if (account.sp_expire > 0 && today >= account.sp_expire) return "the account has expired";
    if (account.sp_lstchg == 0) return "its password must be changed first";
    // A change that lies ahead is a clock that is wrong.
    if (account.sp_lstchg < 0 || account.sp_max < 0 || today < account.sp_lstchg) return {};
    const long age = today - account.sp_lstchg;
    if (age <= account.sp_max) return {};
    if (account.sp_inact >= 0 && age > account.sp_max + account.sp_inact) {
        return "its password expired too long ago";
    }
    return "its password has expired and must be changed first";
}

Status check_expiry(const std::string& user) {
    constexpr long seconds_a_day = 86'400;
    constexpr std::size_t most_room = std::size_t{1} << 20U;
    if (mutated(RunMutant::expired_account_runs)) return {};
    spwd record{};
    spwd* found = nullptr;
    std::vector<char> texts(4096);
    int error = 0;
    while ((error = getspnam_r(user.c_str(), &record, texts.data(), texts.size(), &found)) != 0 &&
           (error == EINTR || (error == ERANGE && texts.size() < most_room))) {
        if (error == ERANGE) texts.resize(texts.size() * 2);
    }
    if (found == nullptr) {
        // A machine without the file, or a user that another directory keeps.
        if (error == 0 || error == ENOENT || error == ESRCH) return {};
        return fail(ErrorCode::io_error,
                    "cannot see whether the account of user '" + user +
                        "' has expired: " + std::generic_category().message(error));
    }
    const std::string fault = expiry_fault(record, std::time(nullptr) / seconds_a_day);
    if (fault.empty()) return {};
    return fail(ErrorCode::invalid_argument, "user '" + user + "' may run nothing: " + fault);
}

}  // namespace quantum::run
