#include "api/v1/documents.hpp"

#include "api/answers.hpp"
#include "submission/decode_report.hpp"
#include "submission/encode.hpp"
#include "submission/json_writer.hpp"
#include "submission/last_words.hpp"

namespace evalx::api::v1 {
namespace {

using queue::State;

std::string pending_document(const queue::Record& record) {
  submission::JsonWriter writer;
  writer.begin_object();
  writer.text("token", record.token);
  writer.text("status", record.state == State::Leased ? "running" : "queued");
  writer.key("attempt");
  writer.number(record.attempt);
  writer.key("urls");
  writer.begin_object();
  writer.text("self", location_of(record.token));
  writer.text("events", location_of(record.token) + "/events");
  writer.end_object();
  writer.end_object();
  return writer.take();
}

submission::Verdict verdict_of_end(State state) {
  return state == State::Cancelled ? submission::Verdict::Cancelled
         : state == State::Expired ? submission::Verdict::Expired
                                   : submission::Verdict::InternalError;
}

std::string finished_document(queue::Record record) {
  // encode_report() wrote the report of a Done job. It may be large, so it is not parsed again.
  std::string report = std::move(record.result);
  if (record.state != State::Done && !submission::decode_report(report)) {
    // The queue itself ended the job, and wrote something else than a report.
    report = submission::encode_report(
        submission::report_without_results(verdict_of_end(record.state), record.attempt, report));
  }
  report.replace(0, 1, R"({"token":")" + record.token + R"(","status":"finished",)");
  return report;
}

}  // namespace

submission::Verdict verdict_of(const queue::Record& record) {
  const auto verdict = submission::verdict_in(record.result);
  return verdict ? *verdict : verdict_of_end(record.state);
}

std::string location_of(std::string_view token) {
  return "/v1/submissions/" + std::string{token};
}

http::Response accepted_response(const queue::Record& record) {
  http::Response response = json_response(pending_document(record));
  response.status = 202;
  response.headers.push_back({"Location", location_of(record.token)});
  return response;
}

http::Response state_response(queue::Record record) {
  http::Response response =
      json_response(queue::is_terminal(record.state) ? finished_document(std::move(record))
                                                     : pending_document(record));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace evalx::api::v1
