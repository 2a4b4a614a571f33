#include "queue/simulation/answer_check.hpp"

#include <gmock/gmock.h>

namespace evalx::queue::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

Violations of_answers(std::initializer_list<const char*> lines) {
  History history;
  for (const char* line : lines) {
    const auto event = from_line(line);
    EXPECT_TRUE(event) << line;
    if (event) history.push_back(*event);
  }
  return check_answers(history, Microseconds{100});
}

TEST(AnswerCheck, AnAcceptedJobIsFoundUntilItsRetentionIsOver) {
  EXPECT_THAT(of_answers({"5 accepted job=a at=4", "6 answered job=a status=200",
                          "7 answered job=b status=404", "104 answered job=a status=404"}),
              IsEmpty());
  EXPECT_THAT(of_answers({"5 accepted job=a at=4", "103 answered job=a status=404"}),
              ElementsAre(StartsWith("A1 a was accepted, and is not found")));
  EXPECT_THAT(of_answers({"5 accepted job=a at=4", "9 opened job=a client=c status=404"}),
              ElementsAre(StartsWith("A1 a ")));
}

TEST(AnswerCheck, NothingIsStoredOfARefusedRequest) {
  EXPECT_THAT(of_answers({"5 refused key=k", "6 refused key=l", "7 accepted job=a key=k",
                          "9 stored job=a key=k", "9 stored job=b key=m"}),
              IsEmpty());
  EXPECT_THAT(of_answers({"5 refused key=k", "9 stored job=a key=k"}),
              ElementsAre("A2 a is stored, although k was refused"));
}

}  // namespace
}  // namespace evalx::queue::simulation
