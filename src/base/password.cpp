#include "base/password.hpp"

#include <algorithm>

#include "base/lower.hpp"

namespace evalx {
namespace {

std::string without_secrets(std::string word) {
  constexpr std::string_view kPrefix = "whsec_";
  constexpr std::string_view kHidden = "…";
  for (std::size_t at = 0; (at = lower(word).find(kPrefix, at)) != word.npos;) {
    at += kPrefix.size();
    const std::size_t end = std::min(word.find_first_of(",'\"", at), word.size());
    if (end > at) word.replace(at, end - at, kHidden);
  }
  return word;
}

/// Whether the only "@" of the word is that of the form that messages show.
bool shows_the_form(std::string_view word) {
  return word.find("[user:password@]") != word.npos && word.find('@') == word.rfind('@');
}

}  // namespace

std::string without_user(std::string_view url) {
  std::string all{url};
  const auto host = all.rfind('@');
  if (host == all.npos) return all;
  const auto scheme = all.find("://");
  const std::size_t user = scheme < host ? scheme + 3 : 0;
  return all.replace(user, host - user, "…");
}

std::string without_passwords(std::string_view text) {
  std::string all;
  while (true) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    const auto host = word.rfind('@');
    const bool has_user = host != word.npos && word.find(':') < host && !shows_the_form(word);
    all += without_secrets(has_user ? without_user(word) : std::string{word});
    if (word.size() == text.size()) return all;
    all += text[word.size()];
    text.remove_prefix(word.size() + 1);
  }
}

}  // namespace evalx
