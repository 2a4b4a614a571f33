#include "http/client/answer_parser.hpp"

#include <algorithm>

namespace evalx::http::client {

namespace beast = boost::beast;

AnswerParser::AnswerParser(std::string_view method, const CallLimits& limits)
    : body_max_(limits.body.count) {
  header_limit(static_cast<std::uint32_t>(limits.head.count));
  body_limit(boost::none);
  skip(method == "HEAD");
}

std::size_t AnswerParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (!is_done() && !ended_early() && used < bytes.size()) {
    Code code;
    used += put({bytes.data() + used, bytes.size() - used}, code);
    if (code == beast::http::error::need_more) break;
    if (code) malformed_ = true;
  }
  return used;
}

void AnswerParser::feed_end() {
  Code code;
  put_eof(code);
  if (code) malformed_ = true;
}

void AnswerParser::on_response_impl(int status, View, int, Code&) {
  answer_.status = static_cast<unsigned>(status);
}

void AnswerParser::on_field_impl(beast::http::field, View name, View value, Code&) {
  if (header_done_) return;  // A trailer is not a header field.
  answer_.headers.push_back({std::string{name}, std::string{value}});
}

std::size_t AnswerParser::on_body_impl(View bytes, Code& code) {
  const std::size_t room = body_max_ - answer_.body.size();
  answer_.body.append(bytes.data(), std::min(room, bytes.size()));
  if (bytes.size() > room) {
    too_long_ = true;
    code = beast::http::error::body_limit;
  }
  return bytes.size();
}

std::size_t AnswerParser::on_chunk_body_impl(std::uint64_t, View bytes, Code& code) {
  return on_body_impl(bytes, code);
}

}  // namespace evalx::http::client
