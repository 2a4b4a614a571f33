#pragma once
// Strict JSON: a parser that also refuses doubled keys, and says where a document went wrong.

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace evalx {

/// What is wrong with a document, and where: a JSON path such as "tests[3].stdin", or "" for the
/// document as a whole.
struct JsonError {
  std::string path;
  std::string message;
};

struct JsonBounds {
  std::size_t depth = 32;        ///< Nested arrays and objects.
  std::size_t values = 2000000;  ///< Values in all, keys counted too.
};

/// Parses RFC 8259 JSON: no comments, no trailing bytes, valid UTF-8 only, no doubled keys.
tl::expected<boost::json::value, JsonError> parse_strict(std::string_view text,
                                                         JsonBounds bounds = {});

}  // namespace evalx
