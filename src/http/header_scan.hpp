#pragma once
// HeaderScan: finds the end of a request's header in bytes that arrive in pieces. Refuses what the
// parser would accept: bare line feeds, folded lines, too many fields.

#include <cstddef>
#include <string_view>

namespace evalx::http {

class HeaderScan {
 public:
  enum class State {
    More,       ///< The empty line has not arrived.
    Whole,      ///< The first size() bytes are the header and its empty line.
    Malformed,  ///< A bare line feed or a line that continues another (obs-fold).
    TooMany,    ///< More fields than allowed.
  };

  explicit HeaderScan(std::size_t fields_max) : fields_max_(fields_max) {}

  /// `bytes`: all bytes of the request so far. Each call reads only the new ones.
  State advance(std::string_view bytes);

  [[nodiscard]] std::size_t size() const { return line_; }

 private:
  State end_line(std::string_view line);

  std::size_t fields_max_;
  std::size_t seen_ = 0;   ///< Bytes already read.
  std::size_t line_ = 0;   ///< Offset of the current line.
  std::size_t lines_ = 0;  ///< Complete lines, including the request line.
};

}  // namespace evalx::http
