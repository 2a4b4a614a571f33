#pragma once
// Query: the decoded parameters of a request target.

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "http/problem.hpp"

namespace evalx::http {

/// Percent-decodes a segment of a path; '+' is not changed. Returns nullopt if an escape is
/// malformed, or if the result is not UTF-8 or contains a NUL.
std::optional<std::string> decode_segment(std::string_view encoded);

class Query {
 public:
  static constexpr std::size_t kParametersMax = 64;

  /// Parses "a=1&b=two%20words&c"; '+' is a space. Errors: the field is the parameter that is given
  /// twice or badly encoded, or "query" if there are more than kParametersMax.
  static tl::expected<Query, FieldError> parse(std::string_view text);

  /// Returns nullptr if the parameter is missing; an empty string if it has no value.
  [[nodiscard]] const std::string* find(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& parameters() const {
    return parameters_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace evalx::http
