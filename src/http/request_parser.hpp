#pragma once
// RequestParser: a stricter parser on top of Beast's, which fills a Request without another copy.

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/connections.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"

namespace evalx::http {

/// Refuses what Beast 1.81 accepts: two Content-Length fields, a Transfer-Encoding other than
/// "chunked", a Transfer-Encoding in HTTP/1.0, a missing or second Host, a Content-Encoding.
/// Ignores trailers.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(ConnectionEntry& entry);

  /// Parses bytes from the start of `bytes` and returns how many it used. Stops at the end of the
  /// request, if it needs more bytes, or if refused() has become true.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] bool refused() const { return refusal_.has_value(); }
  [[nodiscard]] Response take_refusal() { return std::move(*refusal_); }
  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] Request take_request() { return std::move(request_); }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool http11() const { return http11_; }
  [[nodiscard]] std::size_t body_bytes() const { return request_.body.size(); }

  void refuse(const ProblemKind& kind, std::string_view detail);

 private:
  using Code = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       Code& code) override;
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(boost::beast::http::field, View name, View value, Code& code) override;
  void on_header_impl(Code& code) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View bytes, Code& code) override;
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, Code& code) override;
  void on_finish_impl(Code&) override {}

  void refuse(Code& code, const ProblemKind& kind, std::string_view detail);
  void check_field(boost::beast::http::field field, View value, Code& code);

  ConnectionEntry& entry_;
  Request request_;
  std::optional<Response> refusal_;
  int hosts_ = 0;
  int lengths_ = 0;
  bool http11_ = true;
  bool expects_continue_ = false;
  bool header_done_ = false;
};

}  // namespace evalx::http
