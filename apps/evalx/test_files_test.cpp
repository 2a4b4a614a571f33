#include "test_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace evalx::app {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names_of(const Result<std::vector<TestFiles>>& tests) {
  std::vector<std::string> names;
  for (const TestFiles& test : tests.value()) names.push_back(test.name);
  return names;
}
std::string complaint(const Result<std::vector<TestFiles>>& tests) {
  return tests ? "accepted" : tests.error().what;
}

TEST(TestFiles, AreOrderedByTheValueOfNumbers) {
  EXPECT_THAT(names_of(pair_test_files({"10.in", "2.in", "1.in", "b.in", "a10.in", "a9.in"},
                                       Answers::Ignored)),
              ElementsAre("1", "2", "10", "a9", "a10", "b"));
}

TEST(TestFiles, HaveATotalOrder) {
  EXPECT_TRUE(comes_before("01", "1"));
  EXPECT_FALSE(comes_before("1", "01"));
  EXPECT_FALSE(comes_before("1", "1"));
  EXPECT_TRUE(comes_before("1", "1a"));
  EXPECT_TRUE(comes_before("test-00000000000000000000002", "test-10"));
}

TEST(TestFiles, ArePairedWithEitherEnding) {
  const auto tests =
      pair_test_files({"a.in", "a.out", "b.ans", "b.in", "notes.txt", ".in"}, Answers::Needed);
  ASSERT_EQ(names_of(tests), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ((*tests)[0].answer, "a.out");
  EXPECT_EQ((*tests)[1].answer, "b.ans");
}

TEST(TestFiles, NameTheFileWithoutAPartner) {
  EXPECT_EQ(complaint(pair_test_files({"1.in", "1.out", "2.in"}, Answers::Needed)),
            "2.in has no 2.out or 2.ans (--no-answers only runs the program)");
  EXPECT_EQ(complaint(pair_test_files({"1.in", "1.out", "2.ans"}, Answers::Needed)),
            "2.ans has no 2.in");
  EXPECT_EQ(complaint(pair_test_files({"1.in", "1.out", "1.ans"}, Answers::Needed)),
            "1.in has two answers: 1.ans and 1.out");
  EXPECT_EQ(complaint(pair_test_files({"readme"}, Answers::Needed)), "no *.in file");
}

TEST(TestFiles, NeedNoAnswersIfAnswersAreIgnored) {
  const auto tests = pair_test_files({"1.in", "2.in", "2.out", "2.ans"}, Answers::Ignored);
  ASSERT_EQ(names_of(tests), (std::vector<std::string>{"1", "2"}));
  EXPECT_FALSE((*tests)[1].answer);
}

TEST(TestFiles, AreBoundedInNumber) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i <= submission::kMaxTests; ++i)
    names.push_back(std::to_string(i) + ".in");
  EXPECT_EQ(complaint(pair_test_files(names, Answers::Ignored)), "more than 10000 tests");
}

class TestFolder : public ::testing::Test {
 protected:
  TestFolder() {
    std::string name = ::testing::TempDir() + "tests-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~TestFolder() override { std::filesystem::remove_all(folder_); }
  void write(const char* name, const char* text) const { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

TEST_F(TestFolder, IsReadAsBytes) {
  write("1.in", "1 2\r\n");
  write("1.out", "");
  std::filesystem::create_directory(folder_ / "old.in");
  const auto tests = read_tests(folder_, Answers::Needed);
  ASSERT_TRUE(tests) << tests.error().what;
  ASSERT_EQ(tests->size(), 1U);
  EXPECT_EQ((*tests)[0].test.stdin_bytes, "1 2\r\n");
  EXPECT_EQ((*tests)[0].test.expected_output, "");
}

TEST_F(TestFolder, IsNamedIfItDoesNotExist) {
  const auto tests = read_tests(folder_ / "none", Answers::Needed);
  ASSERT_FALSE(tests);
  EXPECT_EQ(tests.error().code, std::errc::no_such_file_or_directory);
  EXPECT_EQ(tests.error().what, "open " + (folder_ / "none").string());
}

TEST_F(TestFolder, RefusesAFileThatIsTooLarge) {
  write("1.in", "12345");
  EXPECT_EQ(read_whole_file(folder_ / "1.in", Bytes{5}).value(), "12345");
  EXPECT_EQ(read_whole_file(folder_ / "1.in", Bytes{4}).error().code, std::errc::file_too_large);
}

}  // namespace
}  // namespace evalx::app
