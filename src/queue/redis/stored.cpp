#include "queue/redis/stored.hpp"

#include <algorithm>

namespace evalx::queue::redis {
namespace {

/// Removes the next word and the blank after it from `text`; returns the word.
std::string take_word(std::string& text) {
  const std::size_t blank = text.find(' ');
  std::string word = text.substr(0, blank);
  text.erase(0, blank == std::string::npos ? blank : blank + 1);
  return word;
}

/// Written by hand, it may be a time that the clock cannot hold: then the last one that it can.
Microseconds time_of(std::uint64_t microseconds) {
  constexpr auto kLast =
      std::chrono::duration_cast<Microseconds>(Clock::WallInstant::max().time_since_epoch());
  return microseconds < static_cast<std::uint64_t>(kLast.count())
             ? Microseconds{static_cast<Microseconds::rep>(microseconds)}
             : kLast;
}

std::optional<std::uint64_t> number_in(std::string word) {
  Reply reply;
  reply.kind = Reply::Kind::Text;
  reply.text = std::move(word);
  return reply.number();
}

}  // namespace

std::uint64_t number_of(const Reply& fields, Field field) {
  return fields.at(field).number().value_or(0);
}

Clock::WallInstant instant_of(std::uint64_t microseconds) {
  return Clock::WallInstant{time_of(microseconds)};
}

Result<bool> is_found(const Reply& answer) {
  const std::string& said = answer.at(0).text;
  if (said == "ok") return true;
  if (said == "missing" || said == "evicted") return false;
  return fail(std::make_error_code(std::errc::protocol_error), "redis", "no answer of find");
}

Errc why_missing(const Reply& answer) {
  return answer.at(0).text == "evicted" ? Errc::Evicted : Errc::NotFound;
}

Job job_of(const Reply& fields) {
  Job job;
  const std::uint64_t state = number_of(fields, kState);
  if (state <= static_cast<std::uint64_t>(State::Dead)) job.state = static_cast<State>(state);
  if (fields.at(kState).text == "expired") job.state = State::Expired;
  job.attempt = static_cast<unsigned>(number_of(fields, kAttempt));
  job.deaths =
      static_cast<unsigned>(std::min<std::uint64_t>(number_of(fields, kDeaths), job.attempt));
  job.lease = number_of(fields, kLease);
  // Stored as 0, or not at all, if there is none: Redis' clock counts from 1970.
  if (const auto time = number_of(fields, kNotBefore)) job.not_before = time_of(time);
  if (const auto time = number_of(fields, kNotAfter)) job.not_after = time_of(time);
  return job;
}

std::string text_of(const Reply& fields, Field field) {
  const Reply& text = fields.at(field);
  return text.kind == Reply::Kind::Text ? text.text : "0";
}

Record record_of(const std::string& token, const Reply& fields) {
  const Job job = job_of(fields);
  Record record;
  record.token = token;
  record.state = job.state;
  record.attempt = job.attempt;
  record.deaths = job.deaths;
  record.accepted_at = instant_of(number_of(fields, kAcceptedAt));
  if (const auto ended = fields.at(kEndedAt).number()) record.ended_at = instant_of(*ended);
  // "ENDED_AT DIGEST": not that of a later end, which an earlier release stored without a digest.
  const std::string& digest = fields.at(kResultDigest).text;
  const std::string prefix = fields.at(kEndedAt).text + " ";
  if (digest.starts_with(prefix)) record.result_digest = digest.substr(prefix.size());
  return record;
}

std::optional<Failure> failure_of_text(const std::string& text) {
  std::string rest = text;
  const auto at = number_in(take_word(rest));
  const auto attempt = number_in(take_word(rest));
  if (!at || !attempt) return std::nullopt;
  Failure failure;
  failure.at = instant_of(*at);
  failure.attempt = static_cast<unsigned>(*attempt);
  failure.kind = failure_kind(take_word(rest));
  failure.worker = take_word(rest);
  if (failure.worker == "-") failure.worker.clear();
  failure.cause = bounded_cause(std::move(rest));
  return failure;
}

std::vector<Failure> failures_of(const Reply& texts) {
  std::vector<Failure> failures;
  for (const Reply& text : texts.list) {
    if (auto failure = failure_of_text(text.text)) failures.push_back(*std::move(failure));
  }
  return failures;
}

Listed listed_of(const Reply& entry) {
  const Record record = record_of(entry.at(0).text, entry.at(1));
  Listed job;
  job.token = record.token;
  job.state = record.state;
  job.attempt = record.attempt;
  job.deaths = record.deaths;
  job.accepted_at = record.accepted_at;
  job.ended_at = record.ended_at;
  job.last_failure = failure_of_text(entry.at(2).text);
  job.worker = entry.at(3).text;
  job.is_orphan = job.state == State::Leased && entry.at(4).integer == 0;
  return job;
}

ListedCallback listed_callback_of(const Reply& entry) {
  const Reply& fields = entry.at(1);
  const auto time_in = [&](std::size_t index) -> std::optional<Clock::WallInstant> {
    const auto time = fields.at(index).number();
    return time ? std::optional{instant_of(*time)} : std::nullopt;
  };
  ListedCallback callback;
  callback.token = entry.at(0).text;
  constexpr auto kLast = static_cast<std::uint64_t>(CallbackState::Dead);
  callback.state =
      static_cast<CallbackState>(std::min(fields.at(0).number().value_or(kLast), kLast));
  callback.round = static_cast<unsigned>(fields.at(1).number().value_or(0));
  callback.attempt = static_cast<unsigned>(fields.at(2).number().value_or(0));
  callback.lane = fields.at(3).text;
  callback.target = fields.at(4).text;
  callback.since = time_in(5);
  callback.due = time_in(6);
  callback.ended_at = time_in(7);
  callback.words = bounded_cause(fields.at(8).text);
  return callback;
}

}  // namespace evalx::queue::redis
