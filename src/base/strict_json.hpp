#pragma once
// Strict JSON: a parser that also refuses duplicate keys, and reports the place of an error.

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace evalx {

/// An error in a document. `path` is a JSON path such as "tests[3].stdin", or "" for the whole
/// document.
struct JsonError {
  std::string path;
  std::string message;
};

struct JsonBounds {
  std::size_t depth = 32;        ///< Levels of nested arrays and objects.
  std::size_t values = 2000000;  ///< Number of values in the document; each key counts as one.
};

/// Parses RFC 8259 JSON: no comments, no bytes after the document, valid UTF-8 only, no
/// duplicate keys, no number that is too large for a double: JSON cannot hold its infinity.
tl::expected<boost::json::value, JsonError> parse_strict(std::string_view text,
                                                         JsonBounds bounds = {});

}  // namespace evalx
