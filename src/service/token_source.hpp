#pragma once
// TokenSource: where a server finds its file of tokens, and what is in it.

#include <filesystem>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "gate/tokens.hpp"

namespace evalx::service {

class TokenSource {
 public:
  /// Finds the file. Call it before the process gives up root: without root it may not pass the
  /// working directory.
  explicit TokenSource(const config::Settings& settings);

  /// Reads the file; an empty list if none is configured and there is no tokens.toml. Errors:
  /// gate::parse_token_file()'s; EINVAL for a file without tokens; those of open(2), with the path
  /// and the user that must be able to read it.
  Result<gate::TokenList> read() const;

 private:
  std::filesystem::path path_;
  bool is_configured_;  ///< If not, the file may be missing.
  bool was_there_;      ///< When this object was made.
};

}  // namespace evalx::service
