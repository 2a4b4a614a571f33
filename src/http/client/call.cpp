#include "http/client/call.hpp"

#include <algorithm>

namespace evalx::http::client {

std::string authority_of(const Url& url) {
  const bool is_v6 = url.host.find(':') != url.host.npos;
  std::string text = is_v6 ? "[" + url.host + "]" : url.host;
  if (url.port != default_port(url.scheme)) text += ":" + std::to_string(url.port);
  return text;
}

const std::string* Answer::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const Header& header) {
    return same_name(header.name, name);
  });
  return found == headers.end() ? nullptr : &found->value;
}

}  // namespace evalx::http::client
