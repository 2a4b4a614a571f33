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

/// {"type": "about:blank", "title", "status", "detail"}; with a field also
/// "errors": [{"field", "message": detail}]. All texts must be UTF-8.
Response problem(unsigned status, std::string_view title, std::string_view detail,
                 std::string_view field = {});
Response problem(unsigned status, std::string_view title, std::string_view detail,
                 const std::vector<FieldError>& errors);

/// The same with a Retry-After field (for 503 and 429).
Response problem_retry_after(unsigned status, std::string_view title, std::string_view detail,
                             unsigned retry_after_seconds);

}  // namespace evalx::http
