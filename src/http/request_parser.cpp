#include "http/request_parser.hpp"

#include <algorithm>
#include <array>

namespace evalx::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t kUsualFields = 12;

/// Fields with one value, besides those that check_field() counts: of two values, readers would
/// choose different ones (RFC 9110, 5.3).
constexpr std::array<std::string_view, 9> kSingletons{
    "Authorization", "Content-Type",   "Idempotency-Key", "Last-Event-ID",
    "Origin",        "Sec-Fetch-Dest", "Sec-Fetch-Mode",  "Sec-Fetch-Site",
    "Access-Control-Request-Method"};

/// The first of these fields that is given more than once; nullptr if none is.
const Header* repeated_singleton(const Request& request) {
  for (const Header& header : request.headers) {
    const bool is_single =
        std::any_of(kSingletons.begin(), kSingletons.end(),
                    [&header](std::string_view name) { return same_name(name, header.name); });
    if (is_single && request.header(header.name) != &header.value) return &header;
  }
  return nullptr;
}

/// The error code of a refusal in a callback: it stops the parser; the refusal has the text.
const beast::error_code kStop = beast::http::make_error_code(beast::http::error::bad_field);

/// The path and query of an origin-form, absolute-form or asterisk-form target (RFC 9112, 3.2);
/// empty if it is none of these.
std::string origin_form(std::string_view method, std::string_view target) {
  if (target.find('#') != target.npos) return {};
  if (target.starts_with('/') || (target == "*" && method == "OPTIONS")) return std::string{target};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_name(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view after = target.substr(scheme.size());
    const std::size_t end_of_authority = std::min(after.find_first_of("/?"), after.size());
    if (end_of_authority == 0) return {};
    const std::string_view rest = after.substr(end_of_authority);
    return rest.starts_with('/') ? std::string{rest} : "/" + std::string{rest};
  }
  return {};
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

RequestParser::RequestParser(ConnectionEntry& entry) : entry_(entry) {
  header_limit(static_cast<std::uint32_t>(entry.limits().header.count));
  body_limit(entry.limits().body.count);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (!is_done() && !refused() && used < bytes.size()) {
    Code code;
    used += put({bytes.data() + used, bytes.size() - used}, code);
    if (code == beast::http::error::need_more) break;
    if (!code || refused()) continue;
    if (code == beast::http::error::body_limit) {
      refuse(kContentTooLarge,
             "The body may have at most " + std::to_string(entry_.limits().body.count) + " bytes.");
    } else if (code == beast::http::error::header_limit) {
      refuse(kHeaderTooLarge, "The header is too large.");
    } else {
      refuse(kBadRequest, "Malformed HTTP: " + code.message() + ".");
    }
  }
  return used;
}

void RequestParser::refuse(const ProblemKind& kind, std::string_view detail) {
  refusal_ = problem(kind, detail);
}

void RequestParser::refuse(Code& code, const ProblemKind& kind, std::string_view detail) {
  refuse(kind, detail);
  code = kStop;
}

void RequestParser::on_request_impl(beast::http::verb, View method, View target, int version,
                                    Code& code) {
  http11_ = version >= 11;
  request_.method = std::string{method};
  request_.headers.reserve(kUsualFields);
  if (request_.method == "CONNECT") {
    return refuse(code, kNotImplemented, "This server is not a proxy.");
  }
  if (target.size() > entry_.limits().target.count) {
    return refuse(code, kUriTooLong, "The request target is too long.");
  }
  request_.target = origin_form(request_.method, {target.data(), target.size()});
  if (request_.target.empty()) {
    refuse(code, kBadRequest, "The request target must be a path.");
  }
}

void RequestParser::on_field_impl(beast::http::field field, View name, View value, Code& code) {
  if (header_done_) return;  // A trailer must not be added to the checked header fields.
  check_field(field, value, code);
  request_.headers.push_back({std::string{name}, std::string{value}});
}

void RequestParser::check_field(beast::http::field field, View value, Code& code) {
  using Field = beast::http::field;
  const std::string_view text{value.data(), value.size()};
  switch (field) {
    case Field::host:
      ++hosts_;
      break;
    case Field::content_length:
      if (++lengths_ > 1 || !is_number(text)) {
        refuse(code, kBadRequest, "Content-Length must be one number, given once.");
      }
      break;
    case Field::transfer_encoding:
      if (!http11_ || !same_name(text, "chunked")) {
        refuse(code, kBadRequest, "The only supported Transfer-Encoding is chunked.");
      }
      break;
    case Field::content_encoding:
      if (!same_name(text, "identity")) {
        refuse(code, kUnsupportedMediaType, "The body must not be compressed.");
      }
      break;
    case Field::expect:
      if (!same_name(text, "100-continue")) {
        refuse(code, kExpectationFailed, "The only supported expectation is 100-continue.");
      }
      expects_continue_ = http11_;
      break;
    default:
      break;
  }
}

void RequestParser::on_header_impl(Code& code) {
  header_done_ = true;
  if (hosts_ > 1 || (http11_ && hosts_ == 0)) {
    return refuse(code, kBadRequest, "Exactly one Host header is required.");
  }
  if (const Header* repeated = repeated_singleton(request_); repeated != nullptr) {
    refuse(code, kBadRequest, "The header " + repeated->name + " must be given at most once.");
  }
}

std::size_t RequestParser::on_body_impl(View bytes, Code& code) {
  if (!entry_.take_body(bytes.size())) {
    refusal_ = problem_retry_after(kOverloaded, "Too many request bodies are being read.", 1);
    code = kStop;
    return 0;
  }
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View bytes, Code& code) {
  return on_body_impl(bytes, code);
}

}  // namespace evalx::http
