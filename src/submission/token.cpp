#include "submission/token.hpp"

#include <algorithm>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace evalx::submission {

std::string new_token() {
  // random_generator_pure reads the kernel's generator for each token: no state between threads.
  return to_string(boost::uuids::random_generator_pure{}());
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(), [](char c, char form) {
    if (form == '-') return c == '-';
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

}  // namespace evalx::submission
