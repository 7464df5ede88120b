#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/crontab_client.hpp"
#include "cli/crontab_editor.hpp"
#include "cli/output.hpp"
#include "config/read_file.hpp"
#include "daemon/crontab_protocol.hpp"

namespace quantum::cli {
namespace {

using daemon::CrontabAnswer;
using daemon::CrontabRequest;
using AnswerKind = CrontabAnswer::Kind;
using RequestKind = CrontabRequest::Kind;

constexpr std::string_view first_text =
    "# Each line is a job: minute, hour, day of the month, month, day of the week, then a command\n"
    "# for the shell. `quantum explain '30 2 * * *'` says what a schedule means.\n"
    "#\n"
    "# 30 2 * * * backup\n";

/// The daemon, and how what it says is told.
class OwnCrontab {
public:
    explicit OwnCrontab(const std::string& socket)
        : socket_(socket.empty() ? std::string(daemon::crontab_socket_path) : socket) {}

    int list() {
        const auto answer = ask({RequestKind::read});
        if (!answer) return exit_unreachable;
        if (answer->kind == AnswerKind::none) return tell(*answer);
        if (answer->kind == AnswerKind::refused) {
            say(answer->text);
            return exit_failure;
        }
        // For a file, byte by byte; a terminal takes no orders from it.
        Output out(standard_output,
                   isatty(standard_output) == 1 ? Output::Form::shown : Output::Form::bytes);
        out.text() = answer->text;
        return out.flush() ? exit_ok : exit_failure;
    }

    int remove() {
        if (isatty(STDIN_FILENO) == 1 && !confirmed("Remove your crontab?")) return exit_failure;
        const auto answer = ask({RequestKind::remove});
        return answer ? tell(*answer) : exit_unreachable;
    }

    int replace(const std::string& file) {
        const auto text = file == "-" ? config::read_standard_input(config::max_user_crontab)
                                      : config::read_file(file, base::FileTrust::anybody,
                                                          config::max_user_crontab);
        if (!text) {
            print_error(text.error().message);
            return exit_failure;
        }
        const auto answer = ask({RequestKind::replace, *text});
        return answer ? tell(*answer) : exit_unreachable;
    }

    int edit() {
        const auto before = ask({RequestKind::read});
        if (!before) return exit_unreachable;
        if (before->kind == AnswerKind::refused) return tell(*before);
        const bool is_new = before->kind == AnswerKind::none;
        const std::string old = is_new ? std::string(first_text) : before->text;
        auto edited = EditedText::make(old);
        if (!edited) {
            print_error(edited.error().message);
            return exit_failure;
        }
        const int code = edit(*edited, old, is_new ? "none" : before->tag);
        if (code != exit_ok && keeps_) {
            edited->keep();
            print_error("your changes are kept in " + edited->path());
        }
        return code;
    }

private:
    int edit(EditedText& edited, const std::string& old, const std::string& tag) {
        for (;;) {
            const auto text = edited.edit();
            if (!text) {
                print_error(text.error().message + "; nothing is changed");
                return exit_failure;
            }
            if (*text == old) {
                say("nothing is changed\n");
                return exit_ok;
            }
            keeps_ = true;
            const auto answer = ask({RequestKind::replace, *text, tag});
            if (!answer) return exit_unreachable;
            const int code = tell(*answer);
            if (code == exit_ok || isatty(STDIN_FILENO) != 1 || !confirmed("Edit it again?")) {
                return code;
            }
        }
    }

    Result<CrontabAnswer> ask(const CrontabRequest& request) {
        auto answer = ask_for_crontab(socket_, request);
        if (!answer) print_error(answer.error().message);
        return answer;
    }

    static int tell(const CrontabAnswer& answer) {
        switch (answer.kind) {
            case AnswerKind::done:
                say(answer.text);
                return exit_ok;
            case AnswerKind::none:
                print_error("you have no crontab");
                return exit_failure;
            case AnswerKind::refused:
                break;
        }
        say(answer.text);
        print_error("nothing is changed");
        return exit_failure;
    }

    static void say(std::string_view text) {
        Output out(standard_error);
        out.text() = text;
        static_cast<void>(out.flush());
    }

    static bool confirmed(const std::string& question) {
        say(question + " [y/N] ");
        std::string line;
        std::getline(std::cin, line);
        return line == "y" || line == "Y" || line == "yes";
    }

    const std::string socket_;
    bool keeps_ = false;  // there are changes that would be lost
};

}  // namespace

int crontab(const CrontabOptions& options) {
    OwnCrontab own(options.socket);
    if (options.list) return own.list();
    if (options.remove) return own.remove();
    return options.edit ? own.edit() : own.replace(options.file);
}

}  // namespace quantum::cli
