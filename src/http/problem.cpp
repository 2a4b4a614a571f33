#include "http/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace evalx::http {

Response problem(unsigned status, std::string_view title, std::string_view detail,
                 const std::vector<FieldError>& errors) {
  boost::json::object body{
      {"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  if (!errors.empty()) {
    boost::json::array list;
    for (const FieldError& error : errors) {
      list.push_back(boost::json::object{{"field", error.field}, {"message", error.message}});
    }
    body["errors"] = std::move(list);
  }
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/problem+json"});
  response.body = boost::json::serialize(body);
  return response;
}

Response problem(unsigned status, std::string_view title, std::string_view detail,
                 std::string_view field) {
  std::vector<FieldError> errors;
  if (!field.empty()) errors.push_back({std::string{field}, std::string{detail}});
  return problem(status, title, detail, errors);
}

Response problem_retry_after(unsigned status, std::string_view title, std::string_view detail,
                             unsigned retry_after_seconds) {
  Response response = problem(status, title, detail);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

}  // namespace evalx::http
