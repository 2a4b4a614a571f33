#include "base/failpoint.hpp"

namespace evalx {

// An object of its own in the archive: who brings definitions of these two links it not.
void failpoint(std::string_view, const Passing&) noexcept {}
std::error_code failpoint_error(std::string_view) noexcept {
  return {};
}

}  // namespace evalx
