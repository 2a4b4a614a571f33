#pragma once
// ResponseHead: formats the status line and the header fields of a response.

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace evalx::http {

enum class BodyForm { None, Sized, Chunked, UntilClose };

struct HeadForm {
  BodyForm body = BodyForm::Sized;
  std::uint64_t body_bytes = 0;  ///< For Sized.
  std::string_view connection;   ///< "close", "keep-alive", or "" for no field.
};

/// Returns false for a response that must not be sent: the status is not from 200 to 599, the name
/// of a field is no token, or a value contains a control character, which could end the field and
/// begin another one.
[[nodiscard]] bool can_be_sent(const Response& response);

/// The status line and all fields, with the empty line at the end. Ignores Content-Length,
/// Transfer-Encoding, Connection and Date of the handler, and adds its own.
std::string format_head(const Response& response, std::string_view date, HeadForm form);

}  // namespace evalx::http
