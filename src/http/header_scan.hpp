#pragma once
// HeaderScan: finds the end of a request's header in bytes that come piece by piece, and refuses
// early what a parser would only tolerate: bare line feeds, folded lines, too many fields.

#include <cstddef>
#include <string_view>

namespace evalx::http {

class HeaderScan {
 public:
  enum class State {
    More,       ///< No empty line yet.
    Whole,      ///< size() bytes are the header with its empty line.
    Malformed,  ///< A bare line feed or a line that continues another (obs-fold).
    TooMany,    ///< More fields than allowed.
  };

  explicit HeaderScan(std::size_t fields_max) : fields_max_(fields_max) {}

  /// `bytes` is everything from the request's first byte; each call looks at the new part only.
  State advance(std::string_view bytes);

  [[nodiscard]] std::size_t size() const { return line_; }

 private:
  State end_line(std::string_view line);

  std::size_t fields_max_;
  std::size_t seen_ = 0;   ///< Bytes looked at.
  std::size_t line_ = 0;   ///< Where the current line begins.
  std::size_t lines_ = 0;  ///< Finished lines, the request line included.
};

}  // namespace evalx::http
