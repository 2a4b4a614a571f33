#include "version.hpp"

namespace evalx::app {

std::string_view version() {
  return EVALX_VERSION;
}

std::string_view commit() {
  return EVALX_COMMIT;
}

}  // namespace evalx::app
