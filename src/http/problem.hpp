#pragma once
// Problem documents: errors as application/problem+json (RFC 9457), with the names of wrong fields.

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace evalx::http {

struct FieldError {
  std::string field;
  std::string message;
};

/// A kind of failure. `code` is for programs, and never changes; `title` is for people.
struct ProblemKind {
  unsigned status;
  std::string_view code;
  std::string_view title;
};

inline constexpr ProblemKind kBadRequest{400, "bad_request", "Bad request"};
inline constexpr ProblemKind kInvalidQuery{400, "invalid_query", "Invalid query"};
inline constexpr ProblemKind kUnknownParameter{400, "unknown_parameter", "Invalid query"};
inline constexpr ProblemKind kNoSuchPath{404, "no_such_path", "Not found"};
inline constexpr ProblemKind kMethodNotAllowed{405, "method_not_allowed", "Method not allowed"};
inline constexpr ProblemKind kContentTooLarge{413, "content_too_large", "Content too large"};
inline constexpr ProblemKind kUriTooLong{414, "uri_too_long", "URI too long"};
inline constexpr ProblemKind kUnsupportedMediaType{415, "unsupported_media_type",
                                                   "Unsupported media type"};
inline constexpr ProblemKind kExpectationFailed{417, "expectation_failed", "Expectation failed"};
inline constexpr ProblemKind kHeaderTooLarge{431, "header_too_large",
                                             "Request header fields too large"};
inline constexpr ProblemKind kServerError{500, "server_error", "Internal server error"};
inline constexpr ProblemKind kNotImplemented{501, "not_implemented", "Not implemented"};
inline constexpr ProblemKind kOverloaded{503, "overloaded", "Service unavailable"};

/// {"type": "about:blank", "title", "status", "code", "detail"}; with a field also
/// "errors": [{"field", "message": detail}]. Ends with a newline, for a terminal. All texts must be
/// UTF-8.
Response problem(const ProblemKind& kind, std::string_view detail, std::string_view field = {});
Response problem(const ProblemKind& kind, std::string_view detail,
                 const std::vector<FieldError>& errors);

/// The same with a Retry-After field (for 503 and 429).
Response problem_retry_after(const ProblemKind& kind, std::string_view detail,
                             unsigned retry_after_seconds);

}  // namespace evalx::http
