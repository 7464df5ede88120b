#include "config/crontab.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text_table.hpp"
#include "config/assignment_check.hpp"
#include "config/crontab_line.hpp"
#include "config/diagnostic_list.hpp"
#include "config/entry_check.hpp"
#include "config/job_name.hpp"
#include "config/mutant.hpp"
#include "config/schedule_check.hpp"

namespace quantum::config {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view no_break_space = "\xC2\xA0";
/// A shell takes its command as one argument, and Linux none above 128 KiB with its end mark.
constexpr std::size_t max_command = std::size_t{128} * 1024 - 1;
constexpr std::size_t max_assignment = std::size_t{128} * 1024 - 1;
constexpr std::size_t max_schedule = 1024;
constexpr std::size_t max_variables = 1000;

/// What a comment `# name: x` asks for.
struct WrittenName {
    std::string name;
    std::size_t line = 0;
    Slice where;
};

/// Walks a file line by line; what it knows at a line is what holds there.
class Reader {
public:
    Reader(std::string_view text, const CrontabOptions& options,
           const std::function<void(CrontabEntry)>& take)
        : text_(text), options_(options), take_(take), zone_(options.zone) {}

    Crontab read() {
        if (!is_text()) {
            result_.diagnostics = diagnostics_.take();
            return std::move(result_);
        }
        std::size_t begin = 0;
        if (text_.substr(0, byte_order_mark.size()) == byte_order_mark) {
            line_ = 1;
            warn({byte_order_mark, 0},
                 "a byte order mark, which cron treats as part of this line; it is ignored");
            begin = byte_order_mark.size();
            diagnostics_.set_mark_size(begin);
        }
        for (line_ = 1; begin < text_.size(); ++line_) {
            const std::size_t end = std::min(text_.size(), text_.find('\n', begin));
            last_ = end == text_.size();
            read_line(text_.substr(begin, end - begin));
            begin = end + 1;
        }
        finish();
        return std::move(result_);
    }

private:
    /// False for what no editor would call a text; then that is the only diagnostic.
    bool is_text() {
        const auto fault = explain_no_text(text_);
        if (!fault) return true;
        line_ = fault->line;
        error(fault->finding.where, fault->finding.message);
        return false;
    }

    void read_line(std::string_view line) {
        std::size_t end = line.size();
        while (end > 0 && line[end - 1] == '\r') {
            --end;
        }
        if (end < line.size()) {
            carriage_return(line, end);
        }
        line = line.substr(0, end);
        const std::size_t stray = line.find('\r');
        if (stray != std::string_view::npos) {
            warn({line.substr(stray, 1), stray},
                 "a carriage return within the line; lines must end with a newline");
        }
        const std::size_t first = line.find_first_not_of(" \t");
        const bool says_nothing = first == std::string_view::npos || line[first] == '#';
        if (says_nothing) {
            drop_name();
            if (first != std::string_view::npos) {
                read_comment(line, first);
            }
        } else if (const auto assignment = read_assignment(line)) {
            drop_name();
            assign(*assignment);
        } else {
            read_entry_line(line, first);
        }
        if (last_) {
            warn({{}, line.size()},
                 says_nothing ? "no newline at the end of the file"
                              : "no newline at the end of the file: cron would ignore this line; "
                                "it is accepted here");
        }
    }

    /// cron keeps the carriage return as the last character of the command. One word a file is
    /// enough, except where cron refuses the line: a line that is blank but for it.
    void carriage_return(std::string_view line, std::size_t at) {
        const Slice where{line.substr(at, 1), at};
        const bool blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        if (blank) {
            warn(where, "only a carriage return: cron rejects this line; it is ignored");
        } else if (!carriage_return_seen_) {
            warn(where,
                 "the line ends in CR LF: cron would make the carriage return part of the "
                 "command; it is removed, here and in the lines below");
        }
        carriage_return_seen_ = carriage_return_seen_ || !blank;
    }

    void read_comment(std::string_view line, std::size_t first) {
        const auto name = name_comment(line);
        if (!name) {
            return;
        }
        const Slice where{
            *name, name->empty() ? first : static_cast<std::size_t>(name->data() - line.data())};
        std::string whole(*name);
        // Of two users, or of a user and the system, none can take the other's names.
        if (!options_.owner.empty() && !mutated(ConfigMutant::users_name_anything)) {
            whole.insert(0, std::string(options_.owner) + ':');
        }
        if (const std::string fault = name_fault(name->empty() ? *name : whole); !fault.empty()) {
            error(where, fault);
            name_is_wrong_ = true;
            return;
        }
        name_ = WrittenName{std::move(whole), line_, where};
    }

    /// A name that no entry took: its comment does not stand right above one.
    void drop_name() {
        name_is_wrong_ = false;
        if (name_) {
            diagnostics_.add(Severity::warning, name_->line, name_->where,
                             "this name is unused: the line below it is not an entry");
            name_.reset();
        }
    }

    void assign(const AssignmentText& assignment) {
        if (assignment.name.size() + assignment.value.size() + 1 > max_assignment) {
            error(assignment.value_slice,
                  "an assignment of " + std::to_string(assignment.value.size()) +
                      " bytes; at most " + std::to_string(max_assignment) + " are allowed");
            return;
        }
        for (const Finding& warning : check_assignment(assignment)) {
            warn(warning.where, warning.message);
        }
        result_.assignments.push_back({line_, assignment.name, assignment.value});
        last_assignment_ = assignment.name_slice;
        last_assignment_line_ = line_;
        if (assignment.name.empty()) {
            return;
        }
        if (assignment.name == "CRON_TZ") {
            set_zone(assignment);
        }
        // Entries already read keep what held for them.
        if (variables_.use_count() > 1) {
            variables_ = std::make_shared<Environment>(*variables_);
        }
        set_variable(*variables_, assignment.name, assignment.value);
        if (variables_->size() > max_variables) {
            error(assignment.name_slice,
                  "more than " + std::to_string(max_variables) + " variables in one file");
            variables_->pop_back();
            variables_are_good_ = false;
        }
    }

    void set_zone(const AssignmentText& assignment) {
        zone_ = options_.zone;
        zone_is_good_ = true;
        schedules_.clear();
        if (assignment.value.empty()) {
            return;
        }
        const auto probe = parse_schedule("* * * * *", {.zone = assignment.value});
        if (!probe) {
            error(assignment.value_slice, "unknown time zone '" + printable(assignment.value, 60) +
                                              "'; zone names look like Europe/Zurich or UTC");
            zone_is_good_ = false;
            return;
        }
        zone_ = assignment.value;
    }

    void read_entry_line(std::string_view line, std::size_t first) {
        const std::optional<WrittenName> written = std::exchange(name_, std::nullopt);
        bool good = !std::exchange(name_is_wrong_, false) && variables_are_good_ && zone_is_good_;
        if (const auto broken = explain_broken_assignment(line)) {
            error(broken->where, broken->message);
            variables_are_good_ = false;
            return;
        }
        const EntryText entry = read_entry(line, options_.system, options_.field_count());
        if (entry.quiet) {
            const Slice dash{line.substr(first, 1), first};
            if (entry.schedule.offset != first + 1) {
                error(dash, "'-' must be directly in front of the first field");
                return;
            }
            warn(dash, "'-' has no effect: every execution is logged");
        }
        if (entry.schedule.text.size() > max_schedule) {
            error(entry.schedule, "time fields of " + std::to_string(entry.schedule.text.size()) +
                                      " bytes; at most " + std::to_string(max_schedule) +
                                      " are allowed");
            return;
        }
        const CommandText command = split_command(entry.command.text);
        std::string name = job_name(written, command.command, good);
        auto schedule = read_schedule(entry, name);
        if (!schedule || !check_command(line, entry, command)) {
            return;
        }
        last_entry_line_ = line_;
        take_({.line = line_,
               .name = std::move(name),
               .schedule = std::move(*schedule),
               .user = std::string(entry.user.text),
               .user_column = diagnostics_.shift(line_) + entry.user.offset + 1,
               .command_column = diagnostics_.shift(line_) + entry.command.offset + 1,
               .raw_command = std::string(entry.command.text),
               .command = command.command,
               .input = command.input,
               .assignments = variables_,
               .good = good});
    }

    std::optional<Schedule> read_schedule(const EntryText& entry, std::string_view name) {
        const Slice& text = entry.schedule;
        // Known by its tidy form, so that other blanks between the fields are no change.
        const std::string tidy = single_blanks(text.text);
        if (const Schedule* const known = schedules_.find(tidy)) {
            return *known;
        }
        const ScheduleOptions options{.dialect = options_.dialect, .zone = zone_, .name = name};
        auto schedule = parse_schedule(text.text, options);
        if (!schedule) {
            schedule_error(entry, schedule.error());
            return std::nullopt;
        }
        if (tidy != text.text) {
            schedule = parse_schedule(tidy, options);
        }
        // What `~` stands for is drawn from the job's name.
        if (tidy.find('~') == std::string::npos) {
            schedules_.add(tidy, *schedule);
        }
        return *std::move(schedule);
    }

    std::string job_name(const std::optional<WrittenName>& written, std::string_view command,
                         bool& good) {
        if (!written) {
            return names_.derive(std::string(options_.stem) + ':' + slug(command), line_);
        }
        if (const auto other = names_.take(written->name, line_)) {
            diagnostics_.add(Severity::error, written->line, written->where,
                             "the name '" + printable(written->name) +
                                 "' is already used by line " + std::to_string(*other));
            good = false;
        }
        return written->name;
    }

    void schedule_error(const EntryText& entry, const ScheduleError& fault) {
        const Slice& schedule = entry.schedule;
        const std::size_t at = schedule.text.find(no_break_space);
        if (at != std::string_view::npos) {
            error({schedule.text.substr(at, no_break_space.size()), schedule.offset + at},
                  "a no-break space (U+00A0); fields are separated by spaces or tabs");
            return;
        }
        const std::size_t column = std::min(fault.column - 1, schedule.text.size());
        error({schedule.text.substr(column, fault.length), schedule.offset + column},
              (fault.field.empty() ? fault.message : fault.field + " field: " + fault.message) +
                  field_hint(entry, options_));
    }

    /// What the schedule left: a user where there has to be one, and a command.
    bool check_command(std::string_view line, const EntryText& entry, const CommandText& command) {
        const Slice rest = options_.system ? entry.user : entry.command;
        if (!rest.text.empty() && rest.text.front() == '*') {
            const Slice word{first_word(rest.text), rest.offset};
            error(word, std::string(options_.system ? "'*' where the user's name should be"
                                                    : "a command that begins with '*'") +
                            ": a crontab has " + std::string(options_.field_count_word()) +
                            " time fields" + field_hint(entry, options_));
            return false;
        }
        if (entry.command.text.empty()) {
            const std::string_view what =
                options_.system
                    ? (entry.user.text.empty() ? "no user and no command" : "no command")
                    : "no command";
            error({{}, line.size()}, std::string(what) + " after the time fields");
            return false;
        }
        if (entry.command.text.size() > max_command) {
            error({first_word(entry.command.text).substr(0, 40), entry.command.offset},
                  "a command of " + std::to_string(entry.command.text.size()) + " bytes; at most " +
                      std::to_string(max_command) + " are allowed");
            return false;
        }
        for (const Finding& finding : check_schedule(entry.schedule, options_.dialect)) {
            warn(finding.where, finding.message);
        }
        for (const Finding& finding : check_entry(entry, command, options_)) {
            warn(finding.where, finding.message);
        }
        return true;
    }

    void finish() {
        drop_name();
        if (last_assignment_ && last_entry_line_ > 0 && last_assignment_line_ > last_entry_line_) {
            diagnostics_.add(Severity::warning, last_assignment_line_, *last_assignment_,
                             "this assignment has no effect: it only applies to entries below it");
        }
        result_.diagnostics = diagnostics_.take();
    }

    void warn(const Slice& where, std::string message) {
        diagnostics_.add(Severity::warning, line_, where, std::move(message));
    }
    void error(const Slice& where, std::string message) {
        diagnostics_.add(Severity::error, line_, where, std::move(message));
    }

    std::string_view text_;
    const CrontabOptions& options_;
    const std::function<void(CrontabEntry)>& take_;
    Crontab result_;
    DiagnosticList diagnostics_;

    std::size_t line_ = 0;
    bool last_ = false;  ///< the line has no newline
    bool carriage_return_seen_ = false;

    std::string zone_;
    std::shared_ptr<Environment> variables_ = std::make_shared<Environment>();
    std::optional<Slice> last_assignment_;
    std::size_t last_assignment_line_ = 0;
    std::size_t last_entry_line_ = 0;
    base::TextTable<Schedule> schedules_;  ///< in this zone, by their tidy form

    NameTable names_;
    std::optional<WrittenName> name_;  ///< from the line just above
    bool name_is_wrong_ = false;       ///< the one there
    bool variables_are_good_ = true;
    bool zone_is_good_ = true;
};

}  // namespace

Crontab parse_crontab(std::string_view text, const CrontabOptions& options) {
    std::vector<CrontabEntry> entries;
    Crontab crontab = parse_crontab(
        text, options, [&entries](CrontabEntry entry) { entries.push_back(std::move(entry)); });
    crontab.entries = std::move(entries);
    return crontab;
}

Crontab parse_crontab(std::string_view text, const CrontabOptions& options,
                      const std::function<void(CrontabEntry)>& take) {
    return Reader(text, options, take).read();
}

}  // namespace quantum::config
