#include "run/process/account_expiry.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::run {
namespace {

constexpr long today = 20'000;

struct Expiry {
    const char* name;
    long changed;
    long most;
    long inactive;
    long expires;
    const char* fault;
};

struct ExpiryTest : testing::TestWithParam<Expiry> {};

TEST_P(ExpiryTest, SaysWhatPamWouldSay) {
    const Expiry& row = GetParam();
    spwd account{};
    account.sp_lstchg = row.changed;
    account.sp_max = row.most;
    account.sp_inact = row.inactive;
    account.sp_expire = row.expires;
    EXPECT_EQ(expiry_fault(account, today), row.fault);
}

INSTANTIATE_TEST_SUITE_P(
    SecurityItem15, ExpiryTest,
    testing::Values(
        Expiry{"Usual", today - 1000, 99'999, -1, -1, ""},
        Expiry{"NothingKept", -1, -1, -1, -1, ""},
        Expiry{"Expired", today - 1, 99'999, -1, today - 1, "the account has expired"},
        Expiry{"ExpiresToday", today - 1, 99'999, -1, today, "the account has expired"},
        Expiry{"ExpiresTomorrow", today - 1, 99'999, -1, today + 1, ""},
        Expiry{"ExpiredInTheBeginning", today - 1, 99'999, -1, 1, "the account has expired"},
        Expiry{"MustChange", 0, 99'999, -1, -1, "its password must be changed first"},
        Expiry{"LastDay", today - 30, 30, 7, -1, ""},
        Expiry{"PasswordOld", today - 31, 30, -1, -1,
               "its password has expired and must be changed first"},
        Expiry{"PasswordOldInGrace", today - 37, 30, 7, -1,
               "its password has expired and must be changed first"},
        Expiry{"PasswordTooOld", today - 38, 30, 7, -1, "its password expired too long ago"},
        Expiry{"ChangedTomorrow", today + 1, 0, 0, -1, ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(AccountExpiry, AnAccountThatNoShadowFileKnowsIsFine) {
    EXPECT_TRUE(check_expiry("no-such-user"));
}

}  // namespace
}  // namespace quantum::run
