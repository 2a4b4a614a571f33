#include "doctor/facts.hpp"

#include <charconv>
#include <string_view>

namespace evalx::doctor {

std::optional<KernelVersion> parse_kernel_release(std::string_view release) {
  KernelVersion version;
  const char* const end = release.data() + release.size();
  const auto [point, error] = std::from_chars(release.data(), end, version.major);
  if (error != std::errc{} || point == end || *point != '.') return std::nullopt;
  if (std::from_chars(point + 1, end, version.minor).ec != std::errc{}) return std::nullopt;
  return version;
}

}  // namespace evalx::doctor
