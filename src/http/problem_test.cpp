#include "http/problem.hpp"

#include <gtest/gtest.h>

namespace evalx::http {
namespace {

TEST(Problem, ContainsTheNameOfTheField) {
  const Response response = problem(422, "Invalid submission", "must be text", "tests[0].stdin");
  EXPECT_EQ(response.status, 422U);
  EXPECT_EQ(response.headers.at(0).value, "application/problem+json");
  EXPECT_EQ(
      response.body,
      R"({"type":"about:blank","title":"Invalid submission","status":422,)"
      R"("detail":"must be text","errors":[{"field":"tests[0].stdin","message":"must be text"}]})");
}

TEST(Problem, HasNoErrorsWithoutAField) {
  EXPECT_EQ(problem(404, "Not Found", "no such route").body,
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no such route"})");
}

TEST(Problem, ListsSeveralFields) {
  const std::vector<FieldError> errors{{"a", "is \"odd\""}, {"b", "is missing"}};
  EXPECT_NE(problem(422, "t", "d", errors)
                .body.find(R"("errors":[{"field":"a","message":"is \"odd\""},{"field":"b",)"),
            std::string::npos);
}

TEST(Problem, CanHaveARetryAfterField) {
  const Response response = problem_retry_after(503, "Busy", "the queue is full", 2);
  EXPECT_EQ(response.headers.at(1).name, "Retry-After");
  EXPECT_EQ(response.headers.at(1).value, "2");
}

}  // namespace
}  // namespace evalx::http
