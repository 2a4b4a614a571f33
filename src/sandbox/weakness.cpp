#include "sandbox/weakness.hpp"

namespace evalx::sandbox {

Result<> check_weaknesses(const std::vector<Weakness>& weaknesses, bool allow_weak) {
  if (allow_weak) return {};
  std::string missing;
  for (const Weakness& weakness : weaknesses) {
    if (!weakness.required) continue;
    missing += missing.empty() ? "" : "; ";
    missing += weakness.mechanism + " is missing: " + weakness.lost + " (" + weakness.fix + ")";
  }
  if (missing.empty()) return {};
  return fail(std::make_error_code(std::errc::not_supported),
              missing + "; or start with --allow-weak");
}

}  // namespace evalx::sandbox
