#include "config/job_name.hpp"

#include <gtest/gtest.h>

namespace quantum::config {
namespace {

TEST(FileStemTest, TakesDirectoryAndLastSuffixOff) {
    EXPECT_EQ(file_stem("/etc/cron.d/backup"), "backup");
    EXPECT_EQ(file_stem("site.crontab"), "site");
    EXPECT_EQ(file_stem("a.b.crontab"), "a.b");
    EXPECT_EQ(file_stem(".crontab"), ".crontab");
    EXPECT_EQ(file_stem(""), "crontab");
}

TEST(FileStemTest, HoldsOnlyWhatAJobNameMayHold) {
    EXPECT_EQ(file_stem("a\tb\xFF.crontab"), "a_b_");
    EXPECT_EQ(name_fault(file_stem(std::string(5000, 'x'))), "");
}

TEST(SlugTest, KeepsLettersAndDigits) {
    EXPECT_EQ(slug("echo hello"), "echo-hello");
    EXPECT_EQ(slug("/usr/local/bin/Backup.sh --full"), "usr-local-bin-backup.sh-full");
    EXPECT_EQ(slug("  !! "), "command");
    EXPECT_EQ(slug("grüezi"), "gr-ezi");
}

TEST(SlugTest, TellsLongCommandsApartThatDifferLate) {
    const std::string common = "collect --report /a/very/long/path/that/goes/on/and/on/";

    EXPECT_NE(slug(common + "one"), slug(common + "two"));
    EXPECT_EQ(slug(common + "one"), slug(common + "one"));
    EXPECT_LE(slug(common + std::string(100'000, 'x')).size(), 64u);
}

TEST(SlugTest, KeepsTheTailOfALongCommandWhichDiffers) {
    const std::string common = "rsync --archive --delete /srv/www/ a.example.org:volumes/";

    EXPECT_EQ(slug(common + "daily").substr(0, 43), "rsync-archive..a.example.org-volumes-daily-");
    EXPECT_EQ(slug(common + "weekly").substr(0, 44),
              "rsync-archive..a.example.org-volumes-weekly-");
    EXPECT_EQ(slug(std::string(60, 'x')).substr(0, 49),
              std::string(16, 'x') + ".." + std::string(30, 'x') + '-');
}

TEST(SlugTest, NamesALongCommandByWhatItIsKnownBy) {
    const std::string php =
        "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then "
        "/usr/lib/php/sessionclean; fi";
    EXPECT_EQ(slug(php).substr(0, 13), "sessionclean-");
    EXPECT_EQ(slug(php).size(), 20u);
    EXPECT_NE(slug(php), slug(php + " # other"));
    // A short one is whole.
    EXPECT_EQ(slug("test -x /bin/a && /bin/a"), "test-x-bin-a-bin-a");
}

TEST(SlugTest, NamesDebiansOwnCrontabByItsDirectories) {
    EXPECT_EQ(slug("cd / && run-parts --report /etc/cron.hourly"), "cron.hourly");
    for (const char* const period : {"daily", "weekly", "monthly"}) {
        EXPECT_EQ(slug("test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron." +
                       std::string(period) + "; }"),
                  "cron." + std::string(period));
    }
}

TEST(NameCommentTest, ReadsOnlyNameComments) {
    EXPECT_EQ(name_comment("# name: nightly backup"), "nightly backup");
    EXPECT_EQ(name_comment(" \t#name:x  "), "x");
    EXPECT_EQ(name_comment("# name:"), "");
    EXPECT_EQ(name_comment("# names: x"), std::nullopt);
    EXPECT_EQ(name_comment("# the name: x"), std::nullopt);
    EXPECT_EQ(name_comment("#"), std::nullopt);
}

TEST(NameFaultTest, SaysWhyANameIsNone) {
    EXPECT_EQ(name_fault("Zürich 1"), "");
    EXPECT_EQ(name_fault(std::string(256, 'x')), "");
    EXPECT_NE(name_fault(std::string(257, 'x')), "");
    EXPECT_NE(name_fault(""), "");
    EXPECT_NE(name_fault("/x"), "");
    EXPECT_NE(name_fault("a\x01"), "");
    EXPECT_NE(name_fault("a\xC2\x85"), "");
    EXPECT_NE(name_fault("a\xFF"), "");
}

TEST(NameTableTest, NumbersEqualDerivedNames) {
    NameTable names;

    EXPECT_EQ(names.derive("a", 1), "a");
    EXPECT_EQ(names.derive("a", 2), "a-2");
    EXPECT_EQ(names.derive("a-2", 3), "a-2-2");
    EXPECT_EQ(names.derive("a", 4), "a-3");
}

TEST(NameTableTest, TellsWhichLineHasAWrittenName) {
    NameTable names;

    EXPECT_EQ(names.take("a", 1), std::nullopt);
    EXPECT_EQ(names.take("a", 5), 1u);
    EXPECT_EQ(names.derive("a", 6), "a-2");
}

}  // namespace
}  // namespace quantum::config
