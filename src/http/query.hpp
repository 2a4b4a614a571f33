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

/// Percent-decodes; '+' stays. Nothing if an escape is broken, or the result is not UTF-8 or holds
/// a NUL.
std::optional<std::string> decode_segment(std::string_view encoded);

class Query {
 public:
  static constexpr std::size_t kParametersMax = 64;

  /// Parses "a=1&b=two%20words&c"; '+' is a space. An error names the parameter: given twice, or
  /// badly encoded.
  static tl::expected<Query, FieldError> parse(std::string_view text);

  /// nullptr if it was not given; an empty string if it was given without a value.
  [[nodiscard]] const std::string* find(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& parameters() const {
    return parameters_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace evalx::http
