#pragma once
// AnswerParser: Beast's parser of responses, which keeps the fields and the first bytes of the
// body.

#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "http/client/call.hpp"

namespace evalx::http::client {

/// Not stricter than Beast: a connection serves one answer, so that its framing cannot harm
/// another one.
class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  /// `method`: of the request, because an answer to HEAD has no body.
  AnswerParser(std::string_view method, const CallLimits& limits);

  /// Parses bytes from the start of `bytes` and returns how many it used. Stops at the end of the
  /// answer, if it needs more bytes, or if ended_early().
  std::size_t feed(std::string_view bytes);
  /// The server has closed the connection: the end of a body without a length.
  void feed_end();

  /// Malformed, or the body is longer than the limit.
  [[nodiscard]] bool ended_early() const { return malformed_ || too_long_; }
  [[nodiscard]] bool too_long() const { return too_long_; }
  [[nodiscard]] Answer& answer() { return answer_; }

 private:
  using Code = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, View, View, int, Code&) override {}
  void on_response_impl(int status, View reason, int version, Code& code) override;
  void on_field_impl(boost::beast::http::field, View name, View value, Code& code) override;
  void on_header_impl(Code&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View bytes, Code& code) override;
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, Code& code) override;
  void on_finish_impl(Code&) override {}

  const std::size_t body_max_;
  Answer answer_;
  bool header_done_ = false;
  bool malformed_ = false;
  bool too_long_ = false;
};

}  // namespace evalx::http::client
