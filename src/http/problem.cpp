#include "http/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace evalx::http {

Response problem(const ProblemKind& kind, std::string_view detail,
                 const std::vector<FieldError>& errors) {
  boost::json::object body{{"type", "about:blank"},
                           {"title", kind.title},
                           {"status", kind.status},
                           {"code", kind.code},
                           {"detail", detail}};
  if (!errors.empty()) {
    boost::json::array list;
    for (const FieldError& error : errors) {
      list.push_back(boost::json::object{{"field", error.field}, {"message", error.message}});
    }
    body["errors"] = std::move(list);
  }
  Response response;
  response.status = kind.status;
  response.headers.push_back({"Content-Type", "application/problem+json"});
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

Response problem(const ProblemKind& kind, std::string_view detail, std::string_view field) {
  std::vector<FieldError> errors;
  if (!field.empty()) errors.push_back({std::string{field}, std::string{detail}});
  return problem(kind, detail, errors);
}

Response problem_retry_after(const ProblemKind& kind, std::string_view detail,
                             unsigned retry_after_seconds) {
  Response response = problem(kind, detail);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

}  // namespace evalx::http
