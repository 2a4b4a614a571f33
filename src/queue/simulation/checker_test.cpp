#include "queue/simulation/checker.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::simulation {
namespace {

/// The invariants that a history of these lines breaks, e.g. "I1 I4 ".
std::string broken(std::initializer_list<const char*> lines) {
  History history;
  for (const char* line : lines) {
    const auto event = from_line(line);
    EXPECT_TRUE(event) << line;
    if (event) history.push_back(*event);
  }
  std::string names;
  for (const std::string& violation : check(history, Promises{})) {
    names += violation.substr(0, violation.find(' ') + 1);
  }
  return names;
}

TEST(Checker, FindsNoFaultInAGoodHistory) {
  EXPECT_EQ(broken({"1 accepted job=a key=k", "2 granted job=a worker=w lease=5",
                    "2 renewed worker=w at=1", "3 started job=a worker=w lease=5",
                    "4 stopped job=a worker=w lease=5", "5 published job=a lease=5 result=7",
                    "6 seen job=a state=done result=7", "7 accepted job=a key=k",
                    "8 counted accepted=1 ended=1",
                    "9 stored job=a key=k state=done result=7 attempt=1"}),
            "");
}

TEST(Checker, FindsLostAndUnfinishedJobs) {
  EXPECT_EQ(broken({"1 accepted job=a", "2 accepted job=b", "9 stored job=b"}), "I1 I1 ");
  EXPECT_EQ(broken({"1 accepted job=a", "2 lost at=1"}), "") << "the loss was allowed";
  EXPECT_EQ(broken({"1 accepted job=a", "3 lost at=2"}), "I1 ");
}

TEST(Checker, FindsAResultThatChanged) {
  EXPECT_EQ(broken({"1 published job=a result=1", "9 stored job=a state=done result=2"}), "I2 ");
  EXPECT_EQ(broken({"1 seen job=a state=done result=1", "2 published job=a result=2",
                    "9 stored job=a state=done result=2"}),
            "I2 ");
  EXPECT_EQ(broken({"1 seen job=a state=dead result=1", "2 redriven job=a",
                    "9 stored job=a state=done result=2"}),
            "");
}

TEST(Checker, FindsAKeyWithTwoJobs) {
  EXPECT_EQ(broken({"9 stored job=a key=k state=done", "9 stored job=b key=k state=done"}), "I3 ");
}

TEST(Checker, FindsAJobThatRunsTwiceAtTheSameTime) {
  EXPECT_EQ(broken({"1 started job=a worker=v lease=1", "3 started job=a worker=w lease=2",
                    "4 stopped job=a worker=v lease=1"}),
            "I4 ");
  EXPECT_EQ(broken({"1 started job=a worker=v lease=1", "3 stopped job=a worker=v lease=1",
                    "3 started job=a worker=w lease=2"}),
            "");
  EXPECT_EQ(broken({"0 renewed worker=v", "1 started job=a worker=v lease=1",
                    "15000001 started job=a worker=w lease=2"}),
            "")
      << "the first worker's fence is the end of its run";
  EXPECT_EQ(
      broken({"0 renewed worker=v", "1 started job=a worker=v lease=1",
              "15000001 started job=a worker=w lease=2", "20000000 renewed worker=v at=20000000",
              "20000001 stopped job=a worker=v lease=1"}),
      "")
      << "also if the worker was stopped meanwhile and came back with a new session";
  EXPECT_EQ(
      broken({"0 renewed worker=v", "1 started job=a worker=v lease=1",
              "14000000 renewed worker=v at=14000000", "15000001 started job=a worker=w lease=2"}),
      "I4 ")
      << "it was renewed in time and goes on";
  EXPECT_EQ(broken({"0 renewed worker=v", "15000001 started job=a worker=v lease=1"}), "I4 ");
  EXPECT_EQ(broken({"1 granted job=a lease=1", "2 granted job=b lease=1"}), "I4 ");
}

TEST(Checker, FindsJobsThatExpireTooEarlyOrStartTooLate) {
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "60 seen job=a state=expired result=3",
                    "90 stored job=a state=expired result=3"}),
            "");
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "49 seen job=a state=expired result=3",
                    "90 stored job=a state=expired result=3"}),
            "I13 ");
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "55 started job=a worker=w lease=1 at=50",
                    "90 stored job=a state=done result=1"}),
            "I13 ");
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "55 started job=a worker=w lease=1 at=49",
                    "56 stopped job=a worker=w lease=1", "90 stored job=a state=done result=1"}),
            "")
      << "it was asked for in time";
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "55 redriven job=a",
                    "56 started job=a worker=w lease=1 at=56", "57 stopped job=a worker=w lease=1",
                    "90 stored job=a state=done result=1"}),
            "");
  EXPECT_EQ(broken({"1 accepted job=a not_after=50", "60 published job=a lease=1 result=7",
                    "90 stored job=a state=expired result=3"}),
            "I2 ")
      << "it is both done and expired";
}

TEST(Checker, FindsFiguresThatDoNotAddUpAndTooManyAttempts) {
  EXPECT_EQ(broken({"1 counted accepted=3 ended=1 open=1"}), "I8 ");
  EXPECT_EQ(broken({"9 stored job=a state=dead attempt=6"}), "I9 ");
  EXPECT_EQ(broken({"9 stored job=a state=dead attempt=5"}), "");
}

}  // namespace
}  // namespace evalx::queue::simulation
