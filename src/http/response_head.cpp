#include "http/response_head.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>

namespace evalx::http {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::array<std::string_view, 4> kOurs{"Content-Length", "Transfer-Encoding", "Connection",
                                                "Date"};

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         kTokenMarks.find(c) != std::string_view::npos;
}

bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_ours(std::string_view name) {
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view ours) { return same_name(ours, name); });
}

std::string_view reason(unsigned status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool can_be_sent(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const Header& field) {
    return !field.name.empty() &&
           std::all_of(field.name.begin(), field.name.end(), is_token_char) &&
           std::all_of(field.value.begin(), field.value.end(), is_value_char);
  });
}

std::string format_head(const Response& response, std::string_view date, HeadForm form) {
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason(response.status)).append("\r\n");
  append_field(head, "Date", date);
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name)) append_field(head, name, value);
  }
  if (form.body == BodyForm::Sized) {
    append_field(head, "Content-Length", std::to_string(form.body_bytes));
  }
  if (form.body == BodyForm::Chunked) append_field(head, "Transfer-Encoding", "chunked");
  if (!form.connection.empty()) append_field(head, "Connection", form.connection);
  return head.append("\r\n");
}

}  // namespace evalx::http
