#include "plan/digest.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/job.hpp"

#include "support/instants.hpp"

namespace quantum::plan {
namespace {

StoredJob stored(const std::string& name, std::uint32_t revision) {
    Job job;
    EXPECT_TRUE(job.set_name(name));
    return {JobRef(job), revision, test::at("2027-03-02 00:00:00"), {}, {}};
}

Digest digest(std::uint64_t fingerprint, std::vector<StoredJob> jobs,
              const std::string& path = "a.crontab") {
    Digest made;
    made.add_option("read_as", "zone=UTC");
    made.add_file(path, fingerprint);
    made.add_jobs(jobs);
    return made;
}

TEST(DigestTest, NamesTheFilesAndWhatTheyWereComparedWith) {
    const std::string first = digest(1, {stored("a", 1), stored("b", 2)}).text();
    EXPECT_EQ(first.size(), 16u);
    EXPECT_EQ(digest(1, {stored("a", 1), stored("b", 2)}).text(), first);
    EXPECT_EQ(digest(1, {stored("b", 2), stored("a", 1)}).text(), first) << "in any order";
    EXPECT_NE(digest(2, {stored("a", 1), stored("b", 2)}).text(), first) << "another text";
    EXPECT_NE(digest(1, {stored("a", 1), stored("b", 3)}).text(), first) << "another revision";
    EXPECT_NE(digest(1, {stored("a", 1)}).text(), first) << "a job less";
    EXPECT_NE(digest(1, {stored("a", 1), stored("b", 2)}, "b.crontab").text(), first);
}

TEST(DigestTest, IsRecognizedByItsBeginning) {
    const Digest made = digest(1, {});
    const std::string text = made.text();
    EXPECT_TRUE(made.is(text));
    EXPECT_TRUE(made.is(text.substr(0, 8)));
    EXPECT_FALSE(made.is(text.substr(0, 7))) << "too short";
    EXPECT_FALSE(made.is(digest(2, {}).text()));
    EXPECT_FALSE(made.is(""));
}

}  // namespace
}  // namespace quantum::plan
