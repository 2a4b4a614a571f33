#pragma once
// Destination: the URL of a callback, checked as far as the text alone allows.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/client/call.hpp"
#include "webhook/address_range.hpp"

namespace evalx::webhook {

constexpr std::size_t kUrlBytesMax = 2048;

struct Destination {
  http::client::Url url;
  /// The normal form: scheme and host in lower case, no default port, no dot at the host's end.
  std::string text;
};

/// Reads an absolute http or https URL. Refuses what different programs read differently, and so
/// could pass a check as one host and be called as another: user names, backslashes, percent signs
/// and other letters than ASCII's in the host, IPv4 addresses that are not four decimal numbers.
/// Errors: EINVAL; the text continues the name of the field: "must not have a user name".
///
/// A name that passes may still have private addresses: give refusal_of() to the client as its
/// filter, which asks it about the addresses that it connects to.
Result<Destination> parse_destination(std::string_view text, Reach reach);

}  // namespace evalx::webhook
