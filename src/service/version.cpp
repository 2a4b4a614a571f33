#include "service/version.hpp"

namespace evalx::service {

std::string_view version() {
  return EVALX_VERSION;
}

std::string_view commit() {
  return EVALX_COMMIT;
}

}  // namespace evalx::service
