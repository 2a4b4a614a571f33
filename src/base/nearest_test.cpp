#include "base/nearest.hpp"

#include <gtest/gtest.h>

namespace evalx {
namespace {

const std::vector<std::string> kWords{"run", "judge", "jobs", "memory", "cpu-time"};

TEST(Nearest, IsTheWordWithTheFewestOtherLetters) {
  EXPECT_EQ(nearest("rnu", kWords), "run");
  EXPECT_EQ(nearest("runn", kWords), "run");
  EXPECT_EQ(nearest("juge", kWords), "judge");
  EXPECT_EQ(nearest("jugde", kWords), "judge");
  EXPECT_EQ(nearest("memroy", kWords), "memory");
  EXPECT_EQ(nearest("job", kWords), "jobs");
}

TEST(Nearest, IsAWordThatBeginsSo) {
  EXPECT_EQ(nearest("mem", kWords), "memory");
  EXPECT_EQ(nearest("cpu", kWords), "cpu-time");
  EXPECT_EQ(nearest("cp", kWords), "");
}

TEST(Nearest, IsNothingForAnotherWord) {
  EXPECT_EQ(nearest("frobnicate", kWords), "");
  EXPECT_EQ(nearest("cputimexyz", kWords), "") << "four letters of ten";
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kWords), "");
}

TEST(Nearest, EndsAComplaint) {
  EXPECT_EQ(did_you_mean("rnu", kWords), "; did you mean run?");
  EXPECT_EQ(did_you_mean("frobnicate", kWords), "");
}

}  // namespace
}  // namespace evalx
