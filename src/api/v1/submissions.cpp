#include "api/v1/submissions.hpp"

#include <tl/expected.hpp>

#include "api/answers.hpp"
#include "api/v1/documents.hpp"
#include "api/v1/inputs.hpp"
#include "base/digest.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/strict_json.hpp"
#include "http/problem.hpp"
#include "submission/decode.hpp"
#include "submission/encode.hpp"
#include "submission/json_reader.hpp"
#include "submission/last_words.hpp"
#include "submission/token.hpp"

namespace evalx::api::v1 {
namespace {

using submission::FieldErrors;
using submission::Submission;

/// Another server may accept the submission at once, and a restart is short.
constexpr unsigned kRetryElsewhereSeconds = 1;

std::vector<http::FieldError> to_http(const FieldErrors& faults) {
  std::vector<http::FieldError> errors;
  for (const auto& [field, message] : faults) errors.push_back({field, message});
  return errors;
}

http::Response refuse_fields(const FieldErrors& faults) {
  const auto& [field, message] = faults.front();
  return http::problem(kInvalidSubmission,
                       (field.empty() ? "The document " : field + " ") + message + ".",
                       to_http(faults));
}

http::Response refuse_wait() {
  return http::problem(http::kInvalidQuery,
                       "wait must be seconds between 0 and 60, with at most three decimals.",
                       "wait");
}

/// The submission of an idempotency key was deleted just now: the key is new again.
http::Response retry_deleted() {
  return http::problem_retry_after(
      kQueueUnavailable,
      "The submission of this Idempotency-Key is being deleted; nothing was stored.",
      kRetryElsewhereSeconds);
}

/// Without `wait` the answer is immediate. nullopt: `wait` is malformed.
std::optional<Milliseconds> patience_of(const std::optional<std::string>& wait) {
  return wait ? parse_wait(*wait) : Milliseconds{0};
}

std::string hint_for(std::string_view name, const LanguageList& languages) {
  std::vector<std::string> known;
  for (const LanguageView& language : *languages.all()) {
    known.push_back(language.id);
    known.insert(known.end(), language.aliases.begin(), language.aliases.end());
  }
  return did_you_mean(name, known);
}

/// Replaces an alias by the language's id, and checks the compiler options. Returns the faults.
FieldErrors settle_language(Submission& submission, const LanguageList& languages) {
  const auto language = languages.find(submission.language);
  if (language == nullptr) {
    return {{"language", "is not known" + hint_for(submission.language, languages) +
                             "; GET /v1/languages lists the languages"}};
  }
  if (!language->available() && !language->awaited) {
    return {{"language", "is not available here: " + language->missing}};
  }
  FieldErrors faults;
  for (std::size_t i = 0; i < submission.compiler_options.size(); ++i) {
    if (languages.allows_option(*language, submission.compiler_options[i])) continue;
    faults.push_back({"compiler_options[" + std::to_string(i) + "]",
                      "is not allowed for " + language->id + "; GET /v1/languages lists what is"});
    if (faults.size() == submission::kMaxFieldErrors) break;
  }
  submission.language = language->id;
  return faults;
}

/// The callback that the client asks for, if any.
tl::expected<std::optional<queue::CallbackRequest>, FieldErrors> settle_callback(
    const Submission& submission, const CallbackCheck& check) {
  if (!submission.callback_url) return std::nullopt;
  const auto refuse = [](std::string why) {
    return tl::make_unexpected(FieldErrors{{"callback_url", std::move(why)}});
  };
  if (!check) {
    return refuse(
        "is not enabled here: this server has no webhook_secrets, which its operator must set; "
        "without it, use wait or the event stream");
  }
  auto checked = check(*submission.callback_url);
  if (!checked) return refuse(words_of(checked.error()));
  return *std::move(checked);
}

/// Each token has keys of its own. Neither names of tokens nor keys contain a blank.
std::string key_of(const std::string& client, const std::string& key) {
  return client.empty() ? key : client + " " + key;
}

/// The idempotency key of a request and the digest of its body, if it has a key. The error is the
/// response that refuses the request.
tl::expected<std::optional<queue::Idempotency>, http::Response> read_headers(
    const http::Request& request) {
  const std::string* type = request.header("Content-Type");
  if (type == nullptr || !is_json_type(*type)) {
    return tl::make_unexpected(http::problem(http::kUnsupportedMediaType,
                                             "Content-Type must be application/json, in UTF-8.",
                                             "Content-Type"));
  }
  const std::string* key = request.header("Idempotency-Key");
  if (key == nullptr) return std::nullopt;
  if (!is_idempotency_key(*key)) {
    return tl::make_unexpected(
        http::problem(kInvalidHeader, "Idempotency-Key must be 1 to 255 visible ASCII characters.",
                      "Idempotency-Key"));
  }
  return queue::Idempotency{key_of(request.client, *key), to_hex(sha256(request.body))};
}

/// The submission in `body`, whose memory is freed after parsing. The error is the response that
/// refuses the request.
tl::expected<Submission, http::Response> read_body(std::string body, const LanguageList& languages,
                                                   const submission::LimitBounds& bounds) {
  auto document = parse_strict(body);
  if (!document) {
    const FieldErrors faults = submission::parse_fault(std::move(document.error()));
    return tl::make_unexpected(
        http::problem(kMalformedJson, faults.front().message, to_http(faults)));
  }
  std::string{}.swap(body);
  auto submission = submission::decode_document(std::move(*document), bounds);
  if (!submission) return tl::make_unexpected(refuse_fields(submission.error()));
  if (const FieldErrors faults = settle_language(*submission, languages); !faults.empty()) {
    return tl::make_unexpected(refuse_fields(faults));
  }
  return std::move(*submission);
}

}  // namespace

Task<http::Response> Submissions::create(http::Request request, std::optional<std::string> wait) {
  if (closed_) {
    co_return http::problem_retry_after(
        kShuttingDown, "This server is shutting down; nothing was stored.", kRetryElsewhereSeconds);
  }
  const auto patience = patience_of(wait);
  if (!patience) co_return refuse_wait();
  auto idempotency = read_headers(request);
  if (!idempotency) co_return std::move(idempotency.error());
  auto submission = read_body(std::move(request.body), languages_, bounds_);
  if (!submission) co_return std::move(submission.error());
  auto callback = settle_callback(*submission, check_);
  if (!callback) co_return refuse_fields(callback.error());
  submission->owner = std::move(request.client);

  queue::NewJob job{submission::new_token(), submission::encode_submission(*submission),
                    std::move(*idempotency), submission->expires_after, std::move(*callback)};
  const std::string language = submission->language;
  const std::size_t tests = submission->tests.size();
  *submission = {};
  failpoint("api.before_accept", {.job = job.token});
  auto accepted = co_await queue_.accept(std::move(job));
  if (!accepted) co_return queue_problem(accepted.error(), queue_.figures());
  log::info(accepted->replayed ? "a submission is replayed" : "a submission is accepted",
            {{"token", accepted->token}, {"language", language}, {"tests", tests}});
  failpoint("api.after_commit_before_reply", {.job = accepted->token});
  http::Response response = co_await respond(std::move(*accepted), *patience);
  co_return response;
}

/// The submission is durable now: the client gets its token even if a later step fails, unless it
/// was deleted meanwhile.
Task<http::Response> Submissions::respond(queue::Accepted accepted, Milliseconds patience) {
  queue::Record record;
  record.token = accepted.token;
  if (patience > Milliseconds{0}) {
    auto finished = co_await queue_.wait_until_finished(record.token, patience);
    (void)finished;  // find_state() below returns the same and more.
  }
  if (patience > Milliseconds{0} || accepted.replayed) {
    auto found = co_await queue_.find_state(record.token);
    if (found) {
      record = std::move(*found);
    } else if (found.error().code == queue::Errc::NotFound ||
               found.error().code == queue::Errc::Evicted) {
      co_return accepted.replayed ? retry_deleted()
                                  : queue_problem(found.error(), queue_.figures());
    }
  }
  http::Response response = queue::is_terminal(record.state) ? state_response(std::move(record))
                                                             : accepted_response(record);
  if (response.status == 200) {
    response.headers.push_back({"Location", location_of(accepted.token)});
  }
  if (accepted.replayed) response.headers.push_back({"Idempotency-Replayed", "true"});
  co_return response;
}

Task<http::Response> Submissions::look(std::string token, std::optional<std::string> wait) {
  const auto patience = patience_of(wait);
  if (!patience) co_return refuse_wait();
  if (!submission::is_token(token)) co_return unknown_submission();
  if (*patience > Milliseconds{0}) {
    auto finished = co_await queue_.wait_until_finished(token, *patience);
    if (!finished) co_return queue_problem(finished.error(), queue_.figures());
  }
  auto record = co_await queue_.find_state(std::move(token));
  if (!record) co_return queue_problem(record.error(), queue_.figures());
  co_return state_response(std::move(*record));
}

/// Ends the submission with the result "cancelled".
Task<Result<>> Submissions::end(const std::string& token) {
  EVALX_CO_TRY(const auto before, co_await queue_.find_state(token));
  const auto report = submission::cancelled_report(before.attempt);
  auto cancelled = co_await queue_.cancel(token, submission::encode_report(report));
  co_return cancelled;
}

Task<http::Response> Submissions::cancel(std::string token, std::optional<std::string> erased) {
  if (erased && *erased != "true" && *erased != "false")
    co_return http::problem(http::kInvalidQuery, "erase must be true or false.", "erase");
  if (!submission::is_token(token)) co_return unknown_submission();
  if (erased == "true") {
    http::Response response = co_await erase(std::move(token));
    co_return response;
  }
  auto ended = co_await end(token);
  if (!ended) co_return queue_problem(ended.error(), queue_.figures());
  auto after = co_await queue_.find_state(std::move(token));
  if (!after) co_return queue_problem(after.error(), queue_.figures());
  co_return state_response(std::move(*after));
}

Task<http::Response> Submissions::erase(std::string token) {
  // First: the end of an unfinished submission would send it.
  const auto withdrawn = co_await queue_.withdraw_callback(token);
  const bool has_none = !withdrawn && (withdrawn.error().code == queue::Errc::NotFound ||
                                       withdrawn.error().code == queue::Errc::Evicted);
  if (!withdrawn && !has_none) co_return queue_problem(withdrawn.error(), queue_.figures());
  auto ended = co_await end(token);
  const bool is_over = !ended && (ended.error().code == queue::Errc::Finished ||
                                  ended.error().code == queue::Errc::Evicted);
  if (!ended && !is_over) co_return queue_problem(ended.error(), queue_.figures());
  auto erased = co_await queue_.erase(std::move(token));
  if (!erased) co_return queue_problem(erased.error(), queue_.figures());
  http::Response response;
  response.status = 204;
  co_return response;
}

}  // namespace evalx::api::v1
