#include "submission/last_words.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "base/strict_json.hpp"

namespace evalx::submission {
namespace {

constexpr std::string_view kExpired = "no worker started it in time";

Report unjudged(Verdict verdict, unsigned attempt, std::string message) {
  Report report;
  report.verdict = verdict;
  report.attempt = attempt;
  report.message = std::move(message);
  return report;
}

}  // namespace

Report failed_report(unsigned attempt, Microseconds queue_time, std::string cause) {
  Report report = unjudged(Verdict::InternalError, attempt, std::move(cause));
  report.queue_time = queue_time;
  return report;
}

Report dead_report(unsigned attempt, unsigned deaths, std::string_view cause) {
  std::string message;
  if (deaths > 0) {
    message = "the worker died " + std::to_string(deaths) +
              " times while judging this submission; it will not be retried";
  } else {
    message.append("the stored job is damaged and cannot be judged: ")
        .append(cause.empty() ? "the cause is unknown" : cause);
  }
  return unjudged(Verdict::InternalError, attempt, std::move(message));
}

Report expired_report(unsigned attempt, Microseconds queue_time) {
  Report report =
      unjudged(Verdict::Expired, attempt,
               attempt == 0 ? std::string{kExpired}
                            : "no worker started it again in time, after a fault of evalX");
  report.queue_time = std::max(queue_time, Microseconds{0});
  return report;
}

Report cancelled_report(unsigned attempt) {
  return unjudged(Verdict::Cancelled, attempt, "cancelled by the client");
}

Report report_without_results(Verdict verdict, unsigned attempt, std::string_view stored) {
  std::string message{verdict == Verdict::Expired ? kExpired
                                                  : "no worker could judge the submission"};
  if (const auto document = parse_strict(stored); document && document->is_object()) {
    for (const char* name : {"message", "cause"}) {
      const auto* text = document->as_object().if_contains(name);
      if (text != nullptr && text->is_string()) message = std::string{text->as_string()};
    }
  }
  return unjudged(verdict, attempt, std::move(message));
}

}  // namespace evalx::submission
