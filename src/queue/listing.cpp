#include "queue/listing.hpp"

#include "queue/callback_listing.hpp"

namespace evalx::queue {

Result<> check_filter(const ListFilter& filter) {
  const auto refuse = [](std::string_view why) {
    return fail(std::make_error_code(std::errc::invalid_argument), "list:", why);
  };
  if (filter.limit < 1 || filter.limit > kListedMax) {
    return refuse("limit must be between 1 and " + std::to_string(kListedMax));
  }
  if (filter.older_than < Microseconds::zero()) return refuse("older_than must not be negative");
  return {};
}

Result<> check_filter(const CallbackFilter& filter) {
  if (filter.limit >= 1 && filter.limit <= kListedMax) return {};
  return fail(std::make_error_code(std::errc::invalid_argument),
              "list callbacks: limit must be between 1 and " + std::to_string(kListedMax));
}

}  // namespace evalx::queue
