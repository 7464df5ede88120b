#include "cli/crontab_editor.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/read_file.hpp"

namespace quantum::cli {
namespace {

namespace fs = std::filesystem;

std::string editor_variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no threads
    return value == nullptr ? std::string() : value;
}

/// A command of the shell, which gets the file as its argument.
std::string editor() {
    for (const char* name : {"VISUAL", "EDITOR"}) {
        if (std::string chosen = editor_variable(name); !chosen.empty()) return chosen;
    }
    for (const char* path : {"/usr/bin/sensible-editor", "/usr/bin/vi", "/usr/bin/nano"}) {
        if (access(path, X_OK) == 0) return path;
    }
    return "vi";
}

}  // namespace

Result<EditedText> EditedText::make(const std::string& text) {
    const std::string place = editor_variable("TMPDIR");
    std::string pattern = (place.starts_with('/') ? place : "/tmp") + "/quantum-crontab-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
        return fail(ErrorCode::io_error,
                    pattern + ": cannot create: " + std::generic_category().message(errno));
    }
    EditedText edited;
    edited.directory_ = pattern;
    edited.path_ = pattern + "/crontab";
    std::ofstream file(edited.path_, std::ios::binary);
    file << text;
    if (!file.flush()) return fail(ErrorCode::io_error, edited.path_ + ": cannot write");
    return edited;
}

EditedText::EditedText(EditedText&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      path_(std::move(other.path_)),
      is_kept_(other.is_kept_) {}

EditedText::~EditedText() {
    if (directory_.empty() || is_kept_) return;
    std::error_code none;
    fs::remove_all(directory_, none);
}

Result<std::string> EditedText::edit() {
    const std::string command = editor() + " \"$1\"";
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string line = command;
    std::array<char*, 6> arguments{shell.data(), option.data(), line.data(),
                                   shell.data(), path_.data(),  nullptr};
    pid_t child = 0;
    const int error = posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environ);
    int status = 0;
    if (error == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    if (error != 0 || status != 0) {
        return fail(ErrorCode::io_error, "the editor failed (" + editor() + ")");
    }
    return config::read_file(path_);
}

}  // namespace quantum::cli
