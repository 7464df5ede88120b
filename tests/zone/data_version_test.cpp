#include "zone/data_version.hpp"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "support/scratch_directory.hpp"

namespace quantum::zone {
namespace {

/// TZDIR for one test.
struct DataVersionTest : testing::Test {
    ScratchDirectory scratch;

    DataVersionTest() { setenv("TZDIR", scratch.path(".").c_str(), 1); }
    ~DataVersionTest() override { unsetenv("TZDIR"); }
};

TEST_F(DataVersionTest, StandsInTheFirstLineOfWhatTheCompilerWrites) {
    scratch.write("tzdata.zi", "# version 2031c\n# This zic input file is in the public domain.\n");
    scratch.write("+VERSION", "2030a\n");
    EXPECT_EQ(data_version(), "2031c");
}

TEST_F(DataVersionTest, OrInAFileOfItsOwn) {
    EXPECT_EQ(data_version(), "") << "there is no file";
    scratch.write("+VERSION", "2030a\n");
    EXPECT_EQ(data_version(), "2030a");
}

TEST_F(DataVersionTest, IsUnknownWhereTheFileSaysSomethingElse) {
    for (const std::string& text :
         {std::string(), std::string("# redo posix_only\n"), std::string("# version \n"),
          std::string("# version 2031 c\n"), "# version " + std::string(1000, '9') + "\n",
          std::string("# version 2031\x1b[2J\n")}) {
        scratch.write("tzdata.zi", text);
        EXPECT_EQ(data_version(), "") << text;
    }
}

}  // namespace
}  // namespace quantum::zone
