#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "quantum/storage/storage.hpp"

namespace quantum {

[[noreturn]] inline void die(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::abort();
}

/// Removed with all that is in it.
class Directory {
public:
    Directory() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "quantum-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) die("no directory for the files");
        path_ = pattern;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// `./dev bench against` builds these sources over older libraries, where the field has another
/// name.
template <class Row>
void set_handed_at(Row& entry, WallTime at) {
    if constexpr (requires { entry.handed_at; }) {
        entry.handed_at = at;
    } else {
        entry.started_at = at;
    }
}

/// So many different jobs are due.
inline constexpr std::uint64_t due_jobs = 10'000;

/// The executions of one group after the other: random jobs, in the order of their key.
class Load {
public:
    explicit Load(std::size_t group) : group_(group) {}

    void next(std::vector<Entry>& entries) {
        due_ += std::chrono::seconds(1);
        picked_.clear();
        while (picked_.size() < group_) picked_.push_back(random_() % due_jobs);
        std::sort(picked_.begin(), picked_.end());
        entries.resize(group_);
        for (std::size_t i = 0; i < group_; ++i) {
            Entry& entry = entries[i];
            // Several runs of one job in a group are some microseconds apart.
            entry.due = due_ + Duration(i);
            entry.until = entry.due;
            entry.job = name(picked_[i]);
            entry.state = EntryState::started;
            entry.claimed_at = entry.due + Duration(300);
            set_handed_at(entry, entry.claimed_at);
            put(entry.id, 0, 6, static_cast<std::uint64_t>(due_.time_since_epoch().count()) / 1000);
            put(entry.id, 6, 8, ++number_);
        }
    }

    static std::string name(std::uint64_t job) { return "nightly-report-" + std::to_string(job); }
    [[nodiscard]] const std::vector<std::uint64_t>& picked() const { return picked_; }
    [[nodiscard]] WallTime due() const { return due_; }

private:
    static void put(ExecutionId& id, std::size_t at, std::size_t count, std::uint64_t value) {
        for (std::size_t i = 0; i < count; ++i) {
            id.bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
        }
    }

    std::size_t group_;
    std::mt19937_64 random_{1};
    std::vector<std::uint64_t> picked_;
    WallTime due_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
    std::uint64_t number_ = 0;
};

/// One way to make executions durable: claims of one group and ends of the one before, together.
class Way {
public:
    virtual ~Way() = default;
    virtual std::size_t group() = 0;

    double a_second(std::chrono::milliseconds slice) {
        using std::chrono::steady_clock;
        std::size_t done = 0;
        const auto begin = steady_clock::now();
        while (steady_clock::now() - begin < slice) done += group();
        return static_cast<double>(done) /
               std::chrono::duration<double>(steady_clock::now() - begin).count();
    }
};

/// The same over the C interface of SQLite and nothing else.
std::unique_ptr<Way> bare_way(std::size_t group);

}  // namespace quantum
