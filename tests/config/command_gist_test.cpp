// What a shell command is known by. The commands are those of Debian's packages and the like.
#include "config/command_gist.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace quantum::config {
namespace {

struct GistCase {
    std::string_view command;
    std::string_view gist;
};

TEST(CommandGistTest, IsTheFirstCommandThatDoesSomething) {
    for (const auto& [command, gist] : {
             GistCase{"backup", "backup"},
             GistCase{"/usr/local/bin/backup --full /srv", "backup --full /srv"},
             GistCase{"[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then "
                      "/usr/lib/php/sessionclean; fi",
                      "sessionclean"},
             GistCase{"if [ -x /usr/share/mdadm/checkarray ] && [ $(date +\\%d) -le 7 ]; then "
                      "/usr/share/mdadm/checkarray --cron --all --idle --quiet; fi",
                      "checkarray --cron --all --idle --quiet"},
             GistCase{"test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep "
                      "int(rand(43200))' && certbot -q renew",
                      "certbot -q renew"},
             GistCase{"[ -x /etc/init.d/anacron ] && if [ ! -d /run/systemd/system ]; then "
                      "/usr/sbin/invoke-rc.d anacron start >/dev/null; fi",
                      "invoke-rc.d anacron start"},
             GistCase{"test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/e2scrub_all_cron",
                      "e2scrub_all_cron"},
             GistCase{"command -v debian-sa1 > /dev/null && debian-sa1 1 1", "debian-sa1 1 1"},
             GistCase{"cd /srv/app && FOO=\"a b\" ./run.sh \"one; two\" 2>&1 | logger",
                      "run.sh \"one; two\""},
             GistCase{"sleep 5; (umask 077; dump > /tmp/x)", "dump"},
             GistCase{"echo a\\;b `date` ${HOME} $(ls /; pwd)",
                      "echo a\\;b `date` ${HOME} $(ls /; pwd)"},
         }) {
        EXPECT_EQ(gist_of(command), gist) << command;
    }
}

TEST(CommandGistTest, WhereThereIsNoneItIsTheCommandItself) {
    for (const std::string_view command :
         {"", "   ", "cd /", "[ -x /bin/a ]", "&&", "'", "$(", "> file", "\\"}) {
        EXPECT_EQ(gist_of(command), command);
    }
}

TEST(CommandGistTest, KnowsTheDirectoryWhosePartsAreRun) {
    EXPECT_EQ(parts_of("cd / && run-parts --report /etc/cron.hourly"), "cron.hourly");
    EXPECT_EQ(parts_of("test -x /usr/sbin/anacron || { cd / && run-parts --report "
                       "/etc/cron.daily/; }"),
              "cron.daily");
    EXPECT_EQ(parts_of("/usr/bin/run-parts /srv/nightly"), "nightly");
    for (const std::string_view other :
         {"run-parts", "run-parts --version", "echo run-parts /etc", "backup /etc"}) {
        EXPECT_EQ(parts_of(other), "") << other;
    }
}

}  // namespace
}  // namespace quantum::config
