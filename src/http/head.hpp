#pragma once
// The status line and fields of a response, as bytes.

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace evalx::http {

enum class BodyForm { None, Sized, Chunked, UntilClose };

struct HeadForm {
  BodyForm body = BodyForm::Sized;
  std::uint64_t body_bytes = 0;  ///< For Sized.
  std::string_view connection;   ///< "close", "keep-alive", or "" to say nothing.
};

/// False if a name is no token or a value holds a control character: sent as it is, it could end
/// the field and begin another.
[[nodiscard]] bool can_be_sent(const Response& response);

/// Fields of the handler that frame the message are left out; ours are put in.
std::string format_head(const Response& response, std::string_view date, HeadForm form);

}  // namespace evalx::http
