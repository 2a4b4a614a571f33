#pragma once
// Terminal: what a descriptor can show, and text made fit to be shown there.

#include <string>
#include <string_view>

namespace evalx::terminal {

/// Of a terminal that does not say.
inline constexpr std::size_t kDefaultWidth = 80;
/// What goes to a file or a pipe need not be cut; yet a line stays one that can be looked at.
inline constexpr std::size_t kFileWidth = 1000;

bool is_terminal(int fd);
/// A terminal's columns; kFileWidth of anything else.
std::size_t columns_of(int fd);

/// Columns that a text takes: one per code point, which holds for all but wide scripts.
std::size_t display_width(std::string_view utf8);

/// Foreign bytes as one line that cannot command the terminal: control characters as \n, \t, \x1b,
/// what is not UTF-8 as \xff, and a text of more than `most` columns cut with "…".
std::string printable(std::string_view bytes, std::size_t most);

enum class Style { Plain, Bold, Dim, Good, Bad, Warning };

/// Puts colours around words, or leaves them plain.
class Paint {
 public:
  static Paint plain() { return Paint{false}; }
  static Paint colours() { return Paint{true}; }
  /// Colours only for a terminal that has them, and whose user did not say NO_COLOR.
  static Paint for_descriptor(int fd);

  [[nodiscard]] std::string operator()(Style style, std::string_view text) const;

 private:
  explicit Paint(bool on) : on_(on) {}
  bool on_;
};

}  // namespace evalx::terminal
