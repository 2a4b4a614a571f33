#include "webhook/retry_after.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

namespace evalx::webhook {
namespace {

using std::chrono::seconds;

constexpr std::size_t kValueBytesMax = 64;

/// RFC 9110, 5.6.7: IMF-fixdate, and the two obsolete forms that must be accepted. strptime(3)
/// reads English names: the locale is always "C".
constexpr std::array kDateForms{"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                "%a %b %e %H:%M:%S %Y"};

/// Seconds since 1970: a WallInstant ends in the year 2262.
std::optional<seconds> parse_date(const std::string& text) {
  for (const char* const form : kDateForms) {
    std::tm utc{};
    const char* const end = ::strptime(text.c_str(), form, &utc);
    if (end != nullptr && *end == '\0') {
      return seconds{::timegm(&utc)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view value, Clock::WallInstant now) {
  if (value.empty() || value.size() > kValueBytesMax) return std::nullopt;
  const bool is_number =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) {
    seconds wait{0};
    for (const char digit : value) {
      wait = std::min<seconds>(10 * wait + seconds{digit - '0'}, kRetryAfterMax);
    }
    return wait;
  }
  const auto date = parse_date(std::string{value});
  if (!date) return std::nullopt;
  const auto passed = std::chrono::floor<seconds>(now.time_since_epoch());
  return std::clamp<seconds>(*date - passed, seconds{0}, kRetryAfterMax);
}

}  // namespace evalx::webhook
