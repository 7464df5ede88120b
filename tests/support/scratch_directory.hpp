#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace quantum {

/// A directory of its own for one test, gone at its end.
class ScratchDirectory {
public:
    explicit ScratchDirectory(
        const std::filesystem::path& where = std::filesystem::temp_directory_path()) {
        std::string pattern = (where / "quantum-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp failed for " + pattern);
        }
        directory_ = pattern;
    }
    ~ScratchDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    [[nodiscard]] std::string path(std::string_view name) const {
        return (directory_ / name).string();
    }

    /// Writes a file and gives its path.
    std::string write(std::string_view name, std::string_view bytes) const {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }

private:
    std::filesystem::path directory_;
};

}  // namespace quantum
