#include "plan/edits.hpp"

#include <cstdlib>
#include <iostream>

namespace quantum::plan {
namespace {

void replace(std::string& text, std::string_view before, std::string_view after) {
    const std::size_t at = text.find(before);
    if (at == std::string::npos) {
        std::cerr << "not in the file: " << before << '\n';
        std::abort();
    }
    text.replace(at, before.size(), after);
}

Edit crontab(std::string name, std::string_view before, std::string_view after) {
    return {std::move(name), [before, after](Files& files) { files.in_crontab(before, after); }};
}

Edit toml(std::string name, std::string_view before, std::string_view after) {
    return {std::move(name), [before, after](Files& files) { files.in_toml(before, after); }};
}

}  // namespace

Files& Files::in_crontab(std::string_view before, std::string_view after) {
    replace(crontab, before, after);
    return *this;
}

Files& Files::in_toml(std::string_view before, std::string_view after) {
    replace(toml, before, after);
    return *this;
}

Files original_files() {
    return {R"crontab(SHELL=/bin/sh
PATH=/usr/bin:/bin
CRON_TZ=Europe/Zurich
# name: backup
30 2 * * * /bin/true backup
# name: load
*/30 * * * * /bin/true load --all
# name: weekly
0 5 * * 1 /bin/true weekly
# name: hourly
@hourly /bin/true hourly
# name: month-end
0 23 L * * /bin/true month-end
# name: boot
@reboot /bin/true boot
# name: every
@every 7h /bin/true every
)crontab",
            R"toml([defaults]
zone = "America/New_York"
env = { PATH = "/usr/bin:/bin" }

[jobs.report]
schedule = "0 8 * * mon-fri"
command = ["/bin/true", "report"]

[jobs.night]
schedule = "30 2 * * *"
command = ["/bin/true", "night"]
retries = 2

[jobs.two]
schedule = ["0 6 * * *", "0 18 * * sat,sun"]
shell = "true two"
except_dates = [2027-03-20]

[jobs.season]
schedule = "15 */4 * * *"
from = 2027-03-15T00:00:00Z
until = 2027-03-25T00:00:00Z
shell = "true season"

[jobs.resting]
schedule = "0 12 * * *"
state = "inactive"
shell = "true resting"

[jobs.interval]
schedule = "@every 11h"
shell = "true interval"

[jobs.move]
schedule = "at(2027-04-01T08:00:00)"
dialect = "aws"
shell = "true move"
)toml"};
}

std::vector<Edit> fifty_edits() {
    return {
        {"nothing", [](Files&) {}},
        crontab("a comment", "SHELL=/bin/sh", "# hello\nSHELL=/bin/sh"),
        crontab("another hour", "30 2 * * * /bin/true backup", "30 4 * * * /bin/true backup"),
        crontab("another minute", "30 2 * * * /bin/true backup", "45 2 * * * /bin/true backup"),
        crontab("twice a day", "30 2 * * * /bin/true backup", "30 2,14 * * * /bin/true backup"),
        crontab("weekdays only", "30 2 * * * /bin/true backup", "30 2 * * 1-5 /bin/true backup"),
        crontab("another day of the week", "0 5 * * 1", "0 5 * * 3"),
        crontab("both day fields", "0 5 * * 1", "0 5 13 * 1"),
        crontab("more often", "*/30 * * * *", "*/20 * * * *"),
        crontab("less often", "*/30 * * * *", "5-59/45 * * * *"),
        crontab("shifted", "*/30 * * * *", "7-59/30 * * * *"),
        crontab("in the day only", "*/30 * * * *", "*/30 8-17 * * *"),
        crontab("hourly at another minute", "@hourly", "17 * * * *"),
        crontab("hourly but fixed", "@hourly", "0 0-23 * * *"),
        crontab("the last weekday", "0 23 L * *", "0 23 LW * *"),
        crontab("the first of the month", "0 23 L * *", "0 23 1 * *"),
        crontab("another zone for all", "CRON_TZ=Europe/Zurich", "CRON_TZ=America/New_York"),
        crontab("UTC for all", "CRON_TZ=Europe/Zurich", "CRON_TZ=UTC"),
        crontab("another command", "/bin/true load --all", "/bin/true load --some"),
        crontab("another environment", "PATH=/usr/bin:/bin", "PATH=/usr/local/bin:/usr/bin:/bin"),
        crontab("a job less", "# name: weekly\n0 5 * * 1 /bin/true weekly\n", ""),
        crontab("no reboot", "# name: boot\n@reboot /bin/true boot\n", ""),
        crontab("a reboot more", "# name: every\n",
                "# name: boot-too\n@reboot /bin/true\n# name: every\n"),
        crontab("reboot becomes daily", "@reboot /bin/true boot", "@daily /bin/true boot"),
        crontab("daily becomes reboot", "30 2 * * * /bin/true backup", "@reboot /bin/true backup"),
        crontab("a job more", "# name: every\n",
                "# name: more\n*/45 3 * * * /bin/true\n# name: every\n"),
        crontab("a new name", "# name: weekly", "# name: every-week"),
        crontab("a longer interval", "@every 7h", "@every 9h"),
        crontab("an interval becomes an hour", "@every 7h", "0 */7 * * *"),
        crontab("the interval's command", "/bin/true every", "/bin/true each"),
        toml("another default zone", "zone = \"America/New_York\"", "zone = \"Asia/Kolkata\""),
        toml("a zone of its own", "schedule = \"30 2 * * *\"",
             "schedule = \"30 2 * * *\"\nzone = \"Australia/Lord_Howe\""),
        toml("skip the gap", "retries = 2", "retries = 2\ndst_gap = \"skip\""),
        toml("shift over the gap", "retries = 2", "retries = 2\ndst_gap = \"shift\""),
        toml("other retries", "retries = 2", "retries = 5\nbackoff = \"30s\""),
        toml("other policies", "retries = 2",
             "retries = 2\noverlap = \"queue\"\nqueue = 3\nmisfire = \"all\"\ngrace = \"2h\""),
        toml("jitter", "retries = 2", "retries = 2\njitter = \"10m\""),
        toml("inactive", "retries = 2", "retries = 2\nstate = \"inactive\""),
        toml("active", "state = \"inactive\"\n", ""),
        toml("a date less", "except_dates = [2027-03-20]",
             "except_dates = [2027-03-20, 2027-03-21]"),
        toml("all dates", "except_dates = [2027-03-20]\n", ""),
        toml("one schedule", "[\"0 6 * * *\", \"0 18 * * sat,sun\"]", "\"0 6 * * *\""),
        toml("three schedules", "[\"0 6 * * *\", \"0 18 * * sat,sun\"]",
             "[\"0 6 * * *\", \"0 18 * * *\", \"0 18 1 * *\"]"),
        toml("a longer season", "until = 2027-03-25T00:00:00Z", "until = 2027-04-05T00:00:00Z"),
        toml("a shorter season", "until = 2027-03-25T00:00:00Z", "until = 2027-03-17T00:00:00Z"),
        toml("another interval", "@every 11h", "@every 13h30m"),
        toml("a later move", "at(2027-04-01T08:00:00)", "at(2027-04-02T08:00:00)"),
        toml("no move",
             "[jobs.move]\nschedule = \"at(2027-04-01T08:00:00)\"\ndialect = \"aws\"\nshell = "
             "\"true move\"\n",
             ""),
        {"from one file to the other",
         [](Files& files) {
             files.in_crontab("# name: weekly\n0 5 * * 1 /bin/true weekly\n", "");
             files.toml +=
                 "\n[jobs.weekly]\nschedule = \"0 5 * * 1\"\nzone = \"Europe/Zurich\"\n"
                 "command = [\"/bin/true\", \"weekly\"]\n";
         }},
        {"everything at once",
         [](Files& files) {
             files.in_crontab("CRON_TZ=Europe/Zurich", "CRON_TZ=Asia/Tokyo");
             files.in_crontab("*/30 * * * *", "*/15 * * * *");
             files.in_crontab("# name: weekly\n0 5 * * 1 /bin/true weekly\n", "");
             files.in_toml("schedule = \"0 8 * * mon-fri\"", "schedule = \"0 9 * * *\"");
             files.in_toml("state = \"inactive\"\n", "");
             files.toml += "\n[jobs.brand-new]\nschedule = \"@hourly\"\nshell = \"true\"\n";
         }},
    };
}

}  // namespace quantum::plan
