#pragma once
// Terminal: the abilities of a terminal, and text that is safe to print on it.

#include <string>
#include <string_view>

namespace evalx::terminal {

/// Width of a terminal that does not report its width.
inline constexpr std::size_t kDefaultWidth = 80;
/// Width for files and pipes: large, but a line stays readable.
inline constexpr std::size_t kFileWidth = 1000;

bool is_terminal(int fd);
/// The columns of a terminal; kFileWidth for files and pipes.
std::size_t columns_of(int fd);

/// The columns of a text: one for each code point, which is wrong for wide scripts and combining
/// characters.
std::size_t display_width(std::string_view utf8);

/// Turns any bytes into one line that cannot control the terminal: control characters become
/// escapes such as \n or \x1b, and bytes that are not UTF-8 become \xff. A text of more than `most`
/// columns is cut and ends with "…".
std::string printable(std::string_view bytes, std::size_t most);

enum class Style { Plain, Bold, Dim, Good, Bad, Warning };

/// Adds the escape codes of a style to a text, or returns the text unchanged.
class Paint {
 public:
  static Paint plain() { return Paint{false}; }
  static Paint colours() { return Paint{true}; }
  /// Colours only for a terminal that has them, and if NO_COLOR is not set.
  static Paint for_descriptor(int fd);

  [[nodiscard]] std::string operator()(Style style, std::string_view text) const;

 private:
  explicit Paint(bool on) : on_(on) {}
  bool on_;
};

}  // namespace evalx::terminal
