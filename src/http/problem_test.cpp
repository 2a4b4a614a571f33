#include "http/problem.hpp"

#include <gtest/gtest.h>

namespace evalx::http {
namespace {

constexpr ProblemKind kInvalid{422, "invalid", "Invalid submission"};

TEST(Problem, ContainsTheNameOfTheField) {
  const Response response = problem(kInvalid, "must be text", "tests[0].stdin");
  EXPECT_EQ(response.status, 422U);
  EXPECT_EQ(response.headers.at(0).value, "application/problem+json");
  EXPECT_EQ(
      response.body,
      R"({"type":"about:blank","title":"Invalid submission","status":422,"code":"invalid",)"
      R"("detail":"must be text","errors":[{"field":"tests[0].stdin","message":"must be text"}]})"
      "\n");
}

TEST(Problem, HasNoErrorsWithoutAField) {
  EXPECT_EQ(problem(kNoSuchPath, "no such route").body,
            R"({"type":"about:blank","title":"Not found","status":404,"code":"no_such_path",)"
            R"("detail":"no such route"})"
            "\n");
}

TEST(Problem, ListsSeveralFields) {
  const std::vector<FieldError> errors{{"a", "is \"odd\""}, {"b", "is missing"}};
  EXPECT_NE(problem(kInvalid, "d", errors)
                .body.find(R"("errors":[{"field":"a","message":"is \"odd\""},{"field":"b",)"),
            std::string::npos);
}

TEST(Problem, CanHaveARetryAfterField) {
  const Response response = problem_retry_after(kOverloaded, "the queue is full", 2);
  EXPECT_EQ(response.headers.at(1).name, "Retry-After");
  EXPECT_EQ(response.headers.at(1).value, "2");
}

}  // namespace
}  // namespace evalx::http
