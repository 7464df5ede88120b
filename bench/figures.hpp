#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace quantum {

/// Set by QUANTUM_BRIEF: the run is one of many that are compared, and should take a few seconds.
inline bool brief_run() { return std::getenv("QUANTUM_BRIEF") != nullptr; }

/// What a benchmark with a table of its own found, in JSON. `--benchmark_out=FILE` among the
/// program's arguments says where, as it does for those of the benchmark library.
///
/// One thread at a time.
class FigureFile {
public:
    enum class Better { lower, higher };

    FigureFile(int argc, char** argv) {
        constexpr std::string_view option = "--benchmark_out=";
        for (int i = 1; i < argc; ++i) {
            const std::string_view argument = argv[i];
            if (argument.starts_with(option)) path_ = argument.substr(option.size());
        }
    }

    void add(std::string_view name, double value, std::string_view unit, Better better) {
        std::string value_text(32, '\0');
        const int size = std::snprintf(value_text.data(), value_text.size(), "%.9g", value);
        value_text.resize(static_cast<std::size_t>(size));
        figures_.push_back("{\"name\": " + quoted(name) + ", \"value\": " + value_text +
                           ", \"unit\": " + quoted(unit) + ", \"better\": " +
                           (better == Better::lower ? "\"lower\"}" : "\"higher\"}"));
    }

    /// False, and the reason on stderr, if the file could not be written. No file, no trouble.
    [[nodiscard]] bool write() const {
        if (path_.empty()) return true;
        std::FILE* file = std::fopen(path_.c_str(), "w");
        bool good = file != nullptr;
        if (good) {
            std::fputs("{\"figures\": [", file);
            const char* before = "\n  ";
            for (const std::string& figure : figures_) {
                std::fputs(before, file);
                std::fputs(figure.c_str(), file);
                before = ",\n  ";
            }
            std::fputs("\n]}\n", file);
            good = std::ferror(file) == 0;
            good = std::fclose(file) == 0 && good;
        }
        if (!good) std::perror(path_.c_str());
        return good;
    }

private:
    static std::string quoted(std::string_view text) {
        std::string made = "\"";
        for (const char letter : text) {
            if (letter == '"' || letter == '\\') made += '\\';
            made += letter;
        }
        return made + '"';
    }

    std::string path_;
    std::vector<std::string> figures_;
};

}  // namespace quantum
