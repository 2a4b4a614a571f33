#include "api/v1/submissions.hpp"

#include <gtest/gtest.h>

#include "api/fake_queue.hpp"
#include "api/test_support.hpp"
#include "api/v1/documents.hpp"
#include "submission/decode.hpp"
#include "submission/schema.hpp"

namespace evalx::api::v1 {
namespace {

using queue::Errc;
using queue::State;

constexpr const char* kGood = R"({"language":"c++","source":"x","tests":[{"stdin":"1"}]})";
class SubmissionsTest : public ::testing::Test {
 protected:
  http::Response post(std::string body, std::vector<http::Header> headers = {},
                      std::optional<std::string> wait = {}) {
    http::Request request;
    request.method = "POST";
    request.target = "/v1/submissions";
    request.headers = std::move(headers);
    if (request.header("Content-Type") == nullptr)
      request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    return run(submissions_.create(std::move(request), std::move(wait)));
  }
  http::Response look(std::string token, std::optional<std::string> wait = {}) {
    return run(submissions_.look(std::move(token), std::move(wait)));
  }
  http::Response cancel(std::string token, std::optional<std::string> erase = {}) {
    return run(submissions_.cancel(std::move(token), std::move(erase)));
  }

  /// The refusal names exactly this field, and nothing was stored.
  void expect_refused(const http::Response& response, unsigned status, const std::string& field) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(header_of(response, "Content-Type"), "application/problem+json");
    EXPECT_EQ(fields_of(response), std::vector<std::string>{field}) << response.body;
    EXPECT_TRUE(queue_.jobs.empty());
  }

  FakeQueue queue_;
  ThreeLanguages languages_;
  Submissions submissions_{queue_, languages_, {}};
};

TEST_F(SubmissionsTest, StoresASubmissionAndAnswersWithItsToken) {
  const http::Response response = post(kGood, {{"Content-Type", "application/json"}});
  EXPECT_EQ(response.status, 202U);
  ASSERT_EQ(queue_.jobs.size(), 1U);
  const auto& [token, job] = *queue_.jobs.begin();
  EXPECT_EQ(body_of(response).at("token").as_string(), token);
  EXPECT_EQ(body_of(response).at("status").as_string(), "queued");
  EXPECT_EQ(header_of(response, "Location"), "/v1/submissions/" + token);
  EXPECT_TRUE(queue_.waits.empty());
  const auto stored = submission::decode_stored_submission(job.record.spec, {});
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->language, "cpp");
  // The language names the file later: in Java the class decides.
  EXPECT_EQ(stored->files.front().path, "");
  EXPECT_EQ(stored->files.front().content, "x");
  EXPECT_EQ(stored->tests.front().stdin_bytes, "1");
}

TEST_F(SubmissionsTest, PassesTheExpiryToTheQueueAlone) {
  post(R"({"language":"cpp","source":"x","tests":[{}],"expires_after_ms":2500})");
  ASSERT_EQ(queue_.jobs.size(), 1U);
  const FakeQueue::Job hurried = queue_.jobs.begin()->second;
  EXPECT_EQ(hurried.expires_after, Milliseconds{2500});
  queue_.jobs.clear();
  post(R"({"language":"cpp","source":"x","tests":[{}]})");
  ASSERT_EQ(queue_.jobs.size(), 1U);
  EXPECT_EQ(queue_.jobs.begin()->second.expires_after, std::nullopt);
  EXPECT_EQ(queue_.jobs.begin()->second.record.spec, hurried.record.spec);
}

TEST_F(SubmissionsTest, PassesTheCheckedCallbackToTheQueueAlone) {
  std::string asked;
  Submissions calling{queue_, languages_, {}, [&asked](std::string_view url) {
                        asked = url;
                        return Result<queue::CallbackRequest>{{"lane", "target"}};
                      }};
  const auto post_to = [&](const std::string& fields) {
    http::Request request;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = R"({"language":"cpp","source":"x","tests":[{}])" + fields + "}";
    queue_.jobs.clear();
    EXPECT_EQ(run(calling.create(std::move(request), {})).status, 202U);
    return queue_.jobs.begin()->second;
  };
  const FakeQueue::Job called = post_to(R"(,"callback_url":"https://hooks.example/")");
  EXPECT_EQ(asked, "https://hooks.example/");
  ASSERT_TRUE(called.callback);
  EXPECT_EQ(called.callback->lane, "lane");
  EXPECT_EQ(called.callback->target, "target");
  for (const char* none : {"", R"(,"callback_url":null)"}) {
    const FakeQueue::Job quiet = post_to(none);
    EXPECT_FALSE(quiet.callback);
    EXPECT_EQ(quiet.record.spec, called.record.spec) << "the URL is not in the spec";
  }
}

TEST_F(SubmissionsTest, RefusesACallbackThatTheCheckRefuses) {
  Submissions calling{queue_, languages_, {}, [](std::string_view) {
                        return Result<queue::CallbackRequest>{invalid("must not have a fragment")};
                      }};
  http::Request request;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"language":"cpp","source":"x","tests":[{}],"callback_url":"http://a.b/#c"})";
  const auto refused = run(calling.create(std::move(request), {}));
  expect_refused(refused, 422, "callback_url");
  EXPECT_EQ(body_of(refused).at("detail").as_string(), "callback_url must not have a fragment.");
}

TEST_F(SubmissionsTest, RefusesEveryCallbackWithoutACheckAndNamesTheSetting) {
  const auto refused =
      post(R"({"language":"cpp","source":"x","tests":[{}],"callback_url":"https://a.example/"})");
  expect_refused(refused, 422, "callback_url");
  EXPECT_NE(refused.body.find("webhook_secrets"), std::string::npos);
  EXPECT_EQ(post(R"({"language":"cpp","source":"x","tests":[{}],"callback_url":null})").status,
            202U);
}

TEST_F(SubmissionsTest, RefusesEveryKindOfBadInputByNameAndStoresNothing) {
  expect_refused(post("{"), 400, "");
  expect_refused(post(R"({"a":1,"a":2})"), 400, "a");
  expect_refused(post(R"({"language":"cpp","source":"x","tests":[]})"), 422, "tests");
  expect_refused(post(R"({"language":"cobol","source":"x","tests":[{}]})"), 422, "language");
  expect_refused(
      post(R"({"language":"cpp","source":"x","tests":[{}],"compiler_options":["-O2","-x"]})"), 422,
      "compiler_options[1]");
  expect_refused(post(R"({"language":"cpp","source":"x","tests":[{}],"limits":{"memory_kb":1}})"),
                 422, "limits.memory_kb");
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""})
    expect_refused(post(kGood, {{"Content-Type", type}}), 415, "Content-Type");
  expect_refused(post(kGood, {{"Idempotency-Key", "a b"}}), 400, "Idempotency-Key");
  expect_refused(post(kGood, {}, "61"), 400, "wait");
}

TEST_F(SubmissionsTest, RefusesABodyWithoutAType) {
  // A page of any origin may send it without asking: browsers ask only for other types.
  http::Request request;
  request.method = "POST";
  request.body = kGood;
  expect_refused(run(submissions_.create(std::move(request), {})), 415, "Content-Type");
}

TEST_F(SubmissionsTest, NamesThePackageOfAnUnavailableLanguage) {
  const auto response = post(R"({"language":"go","source":"x","tests":[{}]})");
  expect_refused(response, 422, "language");
  EXPECT_NE(response.body.find("install golang-go"), response.body.npos);
}

TEST_F(SubmissionsTest, AcceptsALanguageThatAWorkerMayOfferLater) {
  const auto response = post(R"({"language":"rust","source":"x","tests":[{}]})");
  EXPECT_EQ(response.status, 202U) << response.body;
  EXPECT_EQ(queue_.jobs.size(), 1U);
}

TEST_F(SubmissionsTest, NamesSeveralFaultsAtOnce) {
  const auto response = post(R"({"language":"cpp","source":"","tests":[{"stdin":1}]})");
  EXPECT_EQ(fields_of(response), (std::vector<std::string>{"source", "tests[0].stdin"}));
}

TEST_F(SubmissionsTest, AKeyWhoseSubmissionIsBeingDeletedIsToBeSentAgain) {
  const std::vector<http::Header> key{{"Idempotency-Key", "k1"}};
  ASSERT_EQ(post(kGood, key).status, 202U);
  queue_.everything_refuses = queue::Errc::NotFound;
  const auto replayed = post(kGood, key);
  EXPECT_EQ(replayed.status, 503U) << "never 202 for a token that is 404";
  EXPECT_EQ(header_of(replayed, "Retry-After"), "1");
  queue_.everything_refuses = queue::Errc::Unavailable;
  EXPECT_EQ(post(kGood, key).status, 202U) << "the token is known, only its state is not";
}

TEST_F(SubmissionsTest, ReplaysAnIdempotencyKey) {
  const std::vector<http::Header> key{{"Idempotency-Key", "k1"}};
  const auto first = post(kGood, key);
  EXPECT_EQ(header_of(first, "Idempotency-Replayed"), "");
  const auto second = post(kGood, key);
  EXPECT_EQ(second.status, 202U);
  EXPECT_EQ(header_of(second, "Idempotency-Replayed"), "true");
  EXPECT_EQ(body_of(second), body_of(first));
  EXPECT_EQ(queue_.jobs.size(), 1U);

  const std::string token{body_of(first).at("token").as_string()};
  queue_.finish(token, State::Done, accepted_report());
  const auto third = post(kGood, key);
  EXPECT_EQ(third.status, 200U);
  EXPECT_EQ(body_of(third).at("verdict").as_string(), "accepted");
}

TEST_F(SubmissionsTest, KeepsTheIdempotencyKeysOfTokensApart) {
  const auto post_as = [this](std::string client, std::string body) {
    http::Request request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", "k1"}};
    request.client = std::move(client);
    request.body = std::move(body);
    return run(submissions_.create(std::move(request), {})).status;
  };
  const std::string other = std::string{kGood} + " ";
  EXPECT_EQ(post_as("alice", kGood), 202U);
  EXPECT_EQ(post_as("bob", other), 202U);
  EXPECT_EQ(post_as("", other), 202U) << "without tokens all clients are one";
  EXPECT_EQ(queue_.jobs.size(), 3U);
  EXPECT_EQ(post_as("bob", kGood), 409U);
}

TEST_F(SubmissionsTest, RefusesAnIdempotencyKeyWithAnotherBody) {
  post(kGood, {{"Idempotency-Key", "k1"}});
  const auto response = post(std::string{kGood} + " ", {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(response.status, 409U);
  EXPECT_EQ(fields_of(response), std::vector<std::string>{"Idempotency-Key"});
  EXPECT_EQ(queue_.jobs.size(), 1U);
}

TEST_F(SubmissionsTest, ReturnsTheResultIfItIsFinishedInTime) {
  queue_.meanwhile = [this](const std::string& token) {
    queue_.finish(token, State::Done, accepted_report());
  };
  const auto response = post(kGood, {}, "2.5");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(queue_.waits, std::vector<Milliseconds>{Milliseconds{2500}});
  EXPECT_EQ(body_of(response).at("status").as_string(), "finished");
  EXPECT_EQ(header_of(response, "Location"), "/v1/submissions/" + queue_.jobs.begin()->first);
}

TEST_F(SubmissionsTest, ReturnsTheStateIfTheWaitEndsFirst) {
  queue_.meanwhile = [this](const std::string& token) {
    queue_.jobs.at(token).record.state = State::Leased;
    queue_.jobs.at(token).record.attempt = 1;
  };
  const auto response = post(kGood, {}, "1");
  EXPECT_EQ(response.status, 202U);
  EXPECT_EQ(body_of(response).at("status").as_string(), "running");
  EXPECT_EQ(body_of(response).at("attempt").to_number<int>(), 1);
}

TEST_F(SubmissionsTest, ReturnsTheTokenEvenIfTheQueueFailsAfterAccepting) {
  queue_.meanwhile = [this](const std::string&) { queue_.everything_refuses = Errc::Unavailable; };
  const auto response = post(kGood, {}, "1");
  EXPECT_EQ(response.status, 202U);
  EXPECT_EQ(body_of(response).at("token").as_string(), queue_.jobs.begin()->first);
}

TEST_F(SubmissionsTest, AsksToRetryLaterIfTheQueueIsFullOrUnavailable) {
  queue_.counted.set_oldest(queue_.clock.now() - std::chrono::seconds{7});
  queue_.accept_refuses = Errc::Full;
  const auto full = post(kGood);
  EXPECT_EQ(full.status, 503U);
  EXPECT_EQ(header_of(full, "Retry-After"), "7");
  queue_.accept_words = queue::kTooManyCallbacks;
  EXPECT_NE(post(kGood).body.find("Too many callbacks"), std::string::npos);
  queue_.accept_refuses = Errc::Unavailable;
  const auto broken = post(kGood);
  EXPECT_EQ(broken.status, 503U);
  EXPECT_EQ(header_of(broken, "Retry-After"), "5");
  EXPECT_TRUE(queue_.jobs.empty());
}

TEST_F(SubmissionsTest, OnceClosedRefusesNewSubmissionsAndStillShowsOldOnes) {
  queue_.add(kToken, State::Queued);
  submissions_.close();
  const auto refused = post(kGood);
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(header_of(refused, "Retry-After"), "1");
  EXPECT_EQ(queue_.jobs.size(), 1U);
  EXPECT_EQ(look(kToken).status, 200U);
}

TEST_F(SubmissionsTest, ShowsTheStateAndThenTheResult) {
  queue_.add(kToken, State::Queued);
  EXPECT_EQ(body_of(look(kToken)).at("status").as_string(), "queued");
  EXPECT_EQ(look(kToken).status, 200U);
  EXPECT_TRUE(queue_.waits.empty());
  queue_.meanwhile = [this](const std::string& token) {
    queue_.finish(token, State::Done, accepted_report());
  };
  const auto response = look(kToken, "60");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(queue_.waits, std::vector<Milliseconds>{Milliseconds{60000}});
  EXPECT_EQ(body_of(response).at("token").as_string(), kToken);
  EXPECT_EQ(body_of(response).at("verdict").as_string(), "accepted");
  EXPECT_EQ(body_of(response).as_object().size(), 2 + submission::kReportFields.size());
}

TEST_F(SubmissionsTest, UnknownAndMalformedTokensGetTheSameAnswer) {
  const auto unknown = look(kToken);
  EXPECT_EQ(unknown.status, 404U);
  for (const char* token : {"", "x", "../../etc/passwd", "6D8F2D5C-41F7-4B5E-9A57-0C8F3A1F9B11"}) {
    EXPECT_EQ(look(token).body, unknown.body) << token;
    EXPECT_EQ(look(token, "1").status, 404U) << token;
    EXPECT_EQ(cancel(token).body, unknown.body) << token;
  }
  EXPECT_EQ(look(kToken, "1").body, unknown.body);
  EXPECT_EQ(cancel(kToken).body, unknown.body);
}

TEST_F(SubmissionsTest, RefusesABadWaitOnALookToo) {
  expect_refused(look(kToken, "-1"), 400, "wait");
}

TEST_F(SubmissionsTest, AnUnavailableQueueIsA503) {
  queue_.add(kToken, State::Queued);
  queue_.everything_refuses = Errc::Unavailable;
  EXPECT_EQ(look(kToken).status, 503U);
  EXPECT_EQ(cancel(kToken).status, 503U);
}

TEST_F(SubmissionsTest, CancelsASubmissionOnce) {
  queue_.add(kToken, State::Leased).record.attempt = 2;
  const auto response = cancel(kToken);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(body_of(response).at("verdict").as_string(), "cancelled");
  EXPECT_EQ(body_of(response).at("attempt").to_number<int>(), 2);
  EXPECT_EQ(look(kToken).body, response.body);
  EXPECT_EQ(cancel(kToken).status, 409U);
}

TEST_F(SubmissionsTest, ErasesASubmissionAndCancelsItBefore) {
  queue_.add(kToken, State::Leased);
  EXPECT_EQ(cancel(kToken, "true").status, 204U);
  EXPECT_TRUE(queue_.jobs.empty());
  EXPECT_EQ(cancel(kToken, "true").status, 404U);
  queue_.add(kToken, State::Queued);
  queue_.finish(kToken, State::Done, accepted_report());
  EXPECT_EQ(cancel(kToken, "false").status, 409U);
  EXPECT_EQ(cancel(kToken, "true").status, 204U);
  EXPECT_EQ(look(kToken).status, 404U);
}

TEST_F(SubmissionsTest, AnErasedSubmissionSendsNoCallback) {
  queue_.add(kToken, State::Queued).callback = queue::CallbackRequest{"lane", "target"};
  EXPECT_EQ(cancel(kToken, "true").status, 204U);
  EXPECT_EQ(queue_.ended_with_callback, 0U);
}

TEST_F(SubmissionsTest, AnEvictedResultIsGoneAndMayBeErased) {
  queue_.evicted.insert(kToken);
  for (const auto& answer : {look(kToken), look(kToken, "1"), cancel(kToken)}) {
    EXPECT_EQ(answer.status, 410U);
    EXPECT_EQ(body_of(answer).at("code").as_string(), "result_evicted");
    EXPECT_NE(answer.body.find("result_capacity_mb"), std::string::npos);
  }
  EXPECT_EQ(cancel(kToken, "true").status, 204U);
  EXPECT_EQ(look(kToken).status, 404U);
}

TEST_F(SubmissionsTest, RefusesABadErase) {
  queue_.add(kToken, State::Queued);
  for (const char* text : {"", "1", "yes", "TRUE"})
    EXPECT_EQ(fields_of(cancel(kToken, text)), std::vector<std::string>{"erase"}) << text;
  EXPECT_EQ(queue_.jobs.at(kToken).record.state, State::Queued);
}

TEST_F(SubmissionsTest, ShowsTheCauseOfADeadSubmissionWithoutAReport) {
  queue_.add(kToken, State::Leased).record.attempt = 2;
  queue_.finish(kToken, State::Dead, R"({"cause":"worker lost"})");
  auto body = body_of(look(kToken));
  EXPECT_EQ(body.at("verdict").as_string(), "internal_error");
  EXPECT_EQ(body.at("message").as_string(), "worker lost");
  EXPECT_EQ(body.as_object().size(), 2 + submission::kReportFields.size());
  queue_.jobs.at(kToken).record.result = "";
  EXPECT_EQ(body_of(look(kToken)).at("verdict").as_string(), "internal_error");
}

TEST_F(SubmissionsTest, ShowsAnExpiredSubmissionWithoutAReport) {
  queue_.add(kToken, State::Queued);
  queue_.finish(kToken, State::Expired, "");
  const auto body = body_of(look(kToken));
  EXPECT_EQ(body.at("status").as_string(), "finished");
  EXPECT_EQ(body.at("verdict").as_string(), "expired");
  EXPECT_EQ(body.at("message").as_string(), "no worker started it in time");
  EXPECT_EQ(body.as_object().size(), 2 + submission::kReportFields.size());
  EXPECT_EQ(cancel(kToken).status, 409U);
}

}  // namespace
}  // namespace evalx::api::v1
