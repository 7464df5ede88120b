// Links, directories and files that change places while they are opened: whatever comes out of it
// is nothing that the rules forbid. Each file is good or forbidden for its whole life, and says so;
// only names move.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "base/trusted_file.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::base {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct PathRaceTest : testing::Test {
    ScratchDirectory scratch;
    const uid_t nobody = getpwnam("nobody")->pw_uid;
    /// What takes the place of `way` and of `way/file`.
    std::vector<std::string> ways{"good", "theirs", "open", "their-link", "roots-link"};
    std::vector<std::string> files{"good-1", "good-2", "foreign", "shared",
                                   "twice",  "fifo",   "link-1"};
    std::vector<std::string> forbidden;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can give files to others";
        for (const char* name :
             {"pool", "way", "pool/good", "pool/theirs", "pool/open", "secret", "roots", "files"}) {
            mkdir(path(name).c_str(), 0755);
        }
        for (const char* name :
             {"way/file", "pool/good/file", "roots/file", "files/good-1", "files/good-2"}) {
            make(name, "good");
        }
        for (const char* name : {"pool/theirs/file", "pool/open/file", "secret/file",
                                 "files/foreign", "files/shared", "files/twice"}) {
            make(name, "forbidden");
            forbidden.push_back(path(name));
        }
        mkfifo(path("files/fifo").c_str(), 0600);
        link(path("files/twice").c_str(), path("files/second").c_str());
        chmod(path("files/shared").c_str(), 0666);
        EXPECT_EQ(chown(path("files/foreign").c_str(), nobody, 0), 0);
        EXPECT_EQ(symlink(path("secret/file").c_str(), path("files/link-1").c_str()), 0);
        EXPECT_EQ(lchown(path("files/link-1").c_str(), nobody, 0), 0);
        EXPECT_EQ(chown(path("pool/theirs").c_str(), nobody, 0), 0);
        chmod(path("pool/open").c_str(), 0777);
        EXPECT_EQ(symlink(path("secret").c_str(), path("pool/their-link").c_str()), 0);
        EXPECT_EQ(lchown(path("pool/their-link").c_str(), nobody, 0), 0);
        EXPECT_EQ(symlink(path("roots").c_str(), path("pool/roots-link").c_str()), 0);
    }
    [[nodiscard]] std::string path(const std::string& name) const { return scratch.path(name); }
    void make(const std::string& name, const std::string& text) const {
        chmod(scratch.write(name, text).c_str(), 0600);
    }
    [[nodiscard]] std::size_t inodes_of_forbidden(const std::string& directory) const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path(directory)),
                          std::filesystem::directory_iterator{}));
    }
};

/// Swaps names until it is told to end.
void swap_names(const PathRaceTest& test, unsigned seed, const std::atomic<bool>& ends) {
    std::mt19937 random(seed);
    const auto swap = [](int directory, const std::string& name, const std::string& other) {
        static_cast<void>(
            renameat2(directory, name.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE));
    };
    // Into the directories that good files are in, whatever their names are by now.
    const int good[] = {open(test.path("way").c_str(), O_PATH | O_CLOEXEC),
                        open(test.path("roots").c_str(), O_PATH | O_CLOEXEC)};
    while (!ends) {
        if (random() % 2 == 0) {
            swap(AT_FDCWD, test.path("way"),
                 test.path("pool/" + test.ways[random() % test.ways.size()]));
        } else {
            const int directory = good[random() % 2];
            if (random() % 16 == 0) unlinkat(directory, "file", 0);
            swap(directory, "file", test.path("files/" + test.files[random() % test.files.size()]));
        }
    }
    for (const int directory : good) close(directory);
}

TEST_F(PathRaceTest, NothingForbiddenIsEverOpenedOrWritten) {
    const int steps = std::getenv("QUANTUM_LONG") != nullptr ? 10'000 : 600;
    const unsigned seed = std::random_device()();
    std::atomic<bool> ends = false;
    std::thread swapper([&] { swap_names(*this, seed, ends); });
    int read_files = 0;
    int written_files = 0;
    for (int step = 0; step < steps || (read_files < 20 && step < 100 * steps); ++step) {
        if (const auto file = open_trusted(path("way/file"), FileTrust::root)) {
            ++read_files;
            std::string text(64, '\0');
            text.resize(static_cast<std::size_t>(read(file->get(), text.data(), text.size())));
            EXPECT_EQ(text.find("forbidden"), std::string::npos) << "seed " << seed;
        }
        auto place = FoundPath::find(path("way/file"), own_rules());
        if (!place) continue;
        const auto file = place->open_or_make_file(O_WRONLY | O_APPEND, 0600);
        if (file && write(file->get(), "w", 1) == 1) ++written_files;
        if (step % 8 == 0) static_cast<void>(place->remove("old"));
        if (step % 8 == 0) static_cast<void>(place->rename("file", "old"));
    }
    ends = true;
    swapper.join();
    EXPECT_GT(read_files, 0);
    EXPECT_GT(written_files, 0);
    // Those of directories are where they were made; the others may have changed names.
    int found = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(""))) {
        if (!entry.is_regular_file() || entry.is_symlink()) continue;
        const std::string text = text_of(entry.path());
        if (text.starts_with("forbidden")) {
            EXPECT_EQ(text, "forbidden") << entry.path() << ", seed " << seed;
            ++found;
        }
    }
    EXPECT_GE(found, 3) << "of directories of others, and of the secret one";
    for (const std::string& directory : {std::string("secret")}) {
        EXPECT_EQ(inodes_of_forbidden(directory), 1U) << directory;
    }
}

}  // namespace
}  // namespace quantum::base
