// What the fuzzer of crontab files starts from and what it ever found, without a fuzzer.
#include <cstdint>
#include <filesystem>

#include <gtest/gtest.h>

#include "config/read_file.hpp"
#include "support/paths.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace quantum::config {
namespace {

TEST(CrontabCorpusTest, EveryFileIsReadWithoutACrash) {
    std::size_t files = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(test::test_data("../../fuzz/corpus/crontab"))) {
        SCOPED_TRACE(file.path().string());
        const auto text = read_file(file.path().string());
        ASSERT_TRUE(text);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text->data()), text->size());
        ++files;
    }
    EXPECT_GT(files, 0u);
}

}  // namespace
}  // namespace quantum::config
