#include "base/password.hpp"

namespace evalx {
namespace {

std::string without_password(std::string_view word) {
  std::string all{word};
  const auto host = all.rfind('@');
  if (host == all.npos || all.find(':') > host) return all;
  const auto scheme = all.find("://");
  const std::size_t user = scheme < host ? scheme + 3 : 0;
  return all.replace(user, host - user, "…");
}

}  // namespace

std::string without_passwords(std::string_view text) {
  std::string all;
  while (true) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    all += without_password(word);
    if (word.size() == text.size()) return all;
    all += text[word.size()];
    text.remove_prefix(word.size() + 1);
  }
}

}  // namespace evalx
