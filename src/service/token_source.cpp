#include "service/token_source.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include "gate/token_file.hpp"
#include "kernel/file.hpp"

namespace evalx::service {
namespace {

std::string own_name() {
  const passwd* const user = ::getpwuid(::geteuid());
  return user == nullptr ? "id " + std::to_string(::geteuid()) : std::string{user->pw_name};
}

}  // namespace

TokenSource::TokenSource(const config::Settings& settings)
    : is_configured_(!settings.tokens_file.empty()) {
  const std::filesystem::path named =
      is_configured_ ? settings.tokens_file : std::filesystem::path{config::kDefaultTokensFile};
  std::error_code error;
  path_ = std::filesystem::absolute(named, error);
  if (error) path_ = named;
  was_there_ = std::filesystem::exists(path_, error);
}

Result<gate::TokenList> TokenSource::read() const {
  // One byte over the bound, so that parse_token_file() sees that the file is too large.
  const auto text = kernel::read_file(AT_FDCWD, path_.c_str(), gate::kTokenFileMax.count + 1);
  if (!text) {
    const std::error_code code = text.error().code;
    const bool is_missing = code == std::errc::no_such_file_or_directory ||
                            (!was_there_ && code == std::errc::permission_denied);
    if (!is_configured_ && is_missing) return gate::TokenList{};
    if (code == std::errc::permission_denied)
      return fail(code, "the user " + own_name() + " must be able to read " + path_.string() +
                            " (chgrp it to the group of that user, and chmod g+r)");
    return tl::make_unexpected(text.error());
  }
  EVALX_TRY(gate::TokenList list, gate::parse_token_file(*text, path_.string()));
  if (list.empty())
    return invalid(path_.string() +
                   ": has no token, which would open the server to everybody: make one with evalx "
                   "token new NAME, or remove the file");
  return list;
}

}  // namespace evalx::service
