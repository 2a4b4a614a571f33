#include "http/query.hpp"

#include <boost/url/pct_string_view.hpp>

#include "base/utf8.hpp"

namespace evalx::http {
namespace {

enum class Plus { Stays, IsSpace };

std::optional<std::string> decode(std::string_view encoded, Plus plus) {
  const auto escaped = boost::urls::make_pct_string_view(encoded);
  if (!escaped) return std::nullopt;
  std::string text = escaped->decode({plus == Plus::IsSpace});
  if (text.find('\0') != std::string::npos || !is_utf8(text)) return std::nullopt;
  return text;
}

FieldError badly_encoded(std::string_view name) {
  // The error shows the name as the client sent it, if that is UTF-8.
  return {is_utf8(name) ? std::string{name} : "query", "is not valid percent-encoded UTF-8"};
}

}  // namespace

std::optional<std::string> decode_segment(std::string_view encoded) {
  return decode(encoded, Plus::Stays);
}

tl::expected<Query, FieldError> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::string_view raw_name = pair.substr(0, pair.find('='));
    const std::string_view raw_value = pair.substr(std::min(raw_name.size() + 1, pair.size()));

    auto name = decode(raw_name, Plus::IsSpace);
    if (!name) return tl::make_unexpected(badly_encoded(raw_name));
    auto value = decode(raw_value, Plus::IsSpace);
    if (!value) return tl::make_unexpected(badly_encoded(*name));
    if (query.find(*name) != nullptr) {
      return tl::make_unexpected(FieldError{*name, "is given more than once"});
    }
    if (query.parameters_.size() == kParametersMax) {
      return tl::make_unexpected(FieldError{"query", "has too many parameters"});
    }
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace evalx::http
