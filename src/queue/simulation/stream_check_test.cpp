#include "queue/simulation/stream_check.hpp"

#include <gmock/gmock.h>

namespace evalx::queue::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

/// Each line is an event of the job `a`, and of the client `c` if it belongs to a client.
Violations of_streams(std::initializer_list<const char*> lines) {
  History history;
  for (const char* line : lines) {
    auto event = from_line(std::string{"1 "} + line + " job=a client=c");
    EXPECT_TRUE(event) << line;
    if (event) history.push_back(*event);
  }
  return check_streams(history);
}

constexpr const char* kOpened = "opened status=200";
constexpr const char* kStored = "stored verdict=accepted tests=2 state=done";
constexpr const char* kFinished = "streamed name=finished place=r7-end verdict=accepted";

TEST(StreamCheck, FindsNoFaultInGoodStreams) {
  EXPECT_THAT(of_streams({kOpened, "streamed name=queued place=s1-1",
                          "streamed name=test test=1 place=s1-2", "opened status=200 place=s1-2",
                          "streamed name=test test=0 place=s1-3", kFinished,
                          "opened status=204 place=r7-end", kStored}),
              IsEmpty());
  EXPECT_THAT(of_streams({kOpened, "streamed name=test test=1 place=s1-7", "streamed name=reset",
                          "streamed name=test test=0 place=r7-1",
                          "streamed name=test test=1 place=r7-2", kFinished, kStored}),
              IsEmpty());
}

TEST(StreamCheck, FollowsAttemptsAsClientsDo) {
  EXPECT_THAT(
      of_streams({kOpened, "streamed name=test test=1 place=s1-1", "streamed name=restarted place=s1-2",
                  "streamed name=restarted place=s1-3", "streamed name=resumed test=1 place=s1-4",
                  "streamed name=test test=0 place=s1-5", kFinished, kStored}),
      IsEmpty());
  EXPECT_THAT(
      of_streams({kOpened, "streamed name=test test=1 place=s1-1", "streamed name=restarted place=s1-2",
                  "streamed name=test test=0 place=s1-3", kFinished, kStored}),
      ElementsAre("S4 a to c: did not get test 1"));
}

TEST(StreamCheck, FindsEventsThatDoNotContinue) {
  for (const char* next : {"streamed name=test place=s1-3", "streamed name=test place=s1-1",
                           "streamed name=test place=s2-2", "streamed name=test"}) {
    EXPECT_THAT(of_streams({kOpened, "streamed name=queued place=s1-1", next, "left"}),
                ElementsAre(StartsWith("S1 a to c: no reset between s1-1 and ")))
        << next;
  }
}

TEST(StreamCheck, FindsTestsThatComeTwiceOrWereNotSent) {
  EXPECT_THAT(of_streams({kOpened, "streamed name=test test=4 place=s1-1",
                          "streamed name=test test=4 place=s1-2", "left"}),
              ElementsAre(StartsWith("S2 a to c: a test twice")));
  EXPECT_THAT(of_streams({kOpened, "streamed name=resumed test=1 place=s1-1", "left"}),
              ElementsAre(StartsWith("S2 a to c: keeps tests")));
  EXPECT_THAT(of_streams({kOpened, "streamed name=test test=0 result=8 place=s1-1", kFinished,
                          "stored verdict=accepted", "judged test=0 result=9"}),
              ElementsAre("S4 a to c: got test 0 not as it is in the result"));
}

TEST(StreamCheck, FindsAMissingAndAWrongEnd) {
  EXPECT_THAT(of_streams({kOpened, kStored}), ElementsAre("S3 a to c: never got \"finished\""));
  EXPECT_THAT(of_streams({"opened status=204", "left"}),
              ElementsAre(StartsWith("S3 a to c: nothing more")));
  EXPECT_THAT(of_streams({kOpened, "streamed name=finished place=r7-end", "left"}),
              ElementsAre("S3 a to c: \"finished\" has no verdict"));
  EXPECT_THAT(of_streams({kOpened, "streamed name=finished place=s1-3 verdict=accepted", "left"}),
              ElementsAre(StartsWith("S3 a to c: \"finished\" has the place")));
  EXPECT_THAT(of_streams({kOpened, kFinished, kFinished, "left"}),
              ElementsAre(StartsWith("S3 a to c: an event after \"finished\"")));
  EXPECT_THAT(of_streams({kOpened, kFinished, "stored verdict=wrong_answer"}),
              ElementsAre("S3 a to c: finished with accepted, stored is wrong_answer"));
}

TEST(StreamCheck, WantsARedrivenJobFollowedAgain) {
  EXPECT_THAT(of_streams({kOpened, kFinished, "redriven", kStored}),
              ElementsAre("S3 a to c: never got \"finished\""));
  EXPECT_THAT(of_streams({kOpened, "redriven", kFinished, kStored}),
              ElementsAre("S3 a to c: never got \"finished\""))
      << "this one was of the first end";
  EXPECT_THAT(of_streams({kOpened, kFinished, "redriven", kOpened, "streamed name=reset", kFinished,
                          "stored verdict=accepted"}),
              IsEmpty());
}

}  // namespace
}  // namespace evalx::queue::simulation
