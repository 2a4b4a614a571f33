#include "language/kotlin_entry.hpp"

#include <algorithm>
#include <cctype>

namespace evalx::language {
namespace {

bool is_kotlin_word(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return std::isalnum(byte) != 0 || byte == '_' || byte >= 0x80;
}

/// Reads the head of a file: the text before its first declaration.
class Head {
 public:
  explicit Head(std::string_view source) : rest_(source) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    if (rest_.starts_with("#!")) skip_line();
    skip_blanks();
    while (rest_.starts_with("@file:")) take_annotation();
    if (take_word() == "package") package_ = take_name();
  }

  [[nodiscard]] const std::string& package() const { return package_; }
  [[nodiscard]] const std::string& jvm_name() const { return jvm_name_; }

 private:
  void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
  void skip_line() { skip(rest_.find('\n')); }

  /// Comments can be nested in Kotlin.
  void skip_comment() {
    std::size_t depth = 0;
    do {
      if (rest_.starts_with("/*")) {
        ++depth;
        skip(2);
      } else if (rest_.starts_with("*/")) {
        --depth;
        skip(2);
      } else {
        skip(1);
      }
    } while (depth > 0 && !rest_.empty());
  }

  void skip_blanks() {
    while (!rest_.empty()) {
      if (std::isspace(static_cast<unsigned char>(rest_.front())) != 0 || rest_.front() == ';') {
        skip(1);
      } else if (rest_.starts_with("//")) {
        skip_line();
      } else if (rest_.starts_with("/*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  std::string take_word() {
    if (rest_.starts_with("`")) {  // `in`: a keyword used as a name.
      const std::size_t end = rest_.find('`', 1);
      const std::string word(rest_.substr(1, end == std::string_view::npos ? end : end - 1));
      skip(end == std::string_view::npos ? end : end + 1);
      return word;
    }
    std::size_t end = 0;
    while (end < rest_.size() && is_kotlin_word(rest_[end])) ++end;
    const std::string word(rest_.substr(0, end));
    skip(end);
    return word;
  }

  std::string take_name() {
    std::string name;
    while (true) {
      while (rest_.starts_with(" ") || rest_.starts_with("\t")) skip(1);
      name += take_word();
      if (!rest_.starts_with(".")) return name;
      name += ".";
      skip(1);
    }
  }

  /// Reads @file:JvmName("Name"), another annotation, or several: @file:[A B("c")].
  void take_annotation() {
    skip(std::string_view("@file:").size());
    int depth = 0;
    bool jvm_name = false;
    while (!rest_.empty()) {
      skip_blanks();
      if (rest_.empty()) return;
      const char first = rest_.front();
      if (first == '"') {
        const std::string text = take_string();
        if (jvm_name) jvm_name_ = text;
      } else if (is_kotlin_word(first)) {
        // A word at depth 0 that does not continue a name is after the annotation.
        if (depth == 0 && ended_) break;
        jvm_name = take_word() == "JvmName";
        ended_ = depth == 0 && !rest_.starts_with(".") && !rest_.starts_with("(") &&
                 !rest_.starts_with("<");
      } else if (depth == 0 && ended_) {
        break;
      } else {
        depth += first == '(' || first == '[' || first == '<' ? 1 : 0;
        depth -= first == ')' || first == ']' || first == '>' ? 1 : 0;
        ended_ = depth == 0 && first != '.';
        skip(1);
      }
    }
    ended_ = false;
  }

  std::string take_string() {
    std::string text;
    for (skip(1); !rest_.empty() && rest_.front() != '"' && rest_.front() != '\n'; skip(1)) {
      if (rest_.front() == '\\') skip(1);
      if (!rest_.empty()) text.push_back(rest_.front());
    }
    skip(1);
    return text;
  }

  std::string_view rest_;
  std::string package_;
  std::string jvm_name_;
  bool ended_ = false;
};

/// "my-program.kt" → "My_programKt", the same as kotlinc.
std::string file_class(std::string_view path) {
  std::string_view stem = path.substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.rfind('.'));
  std::string name;
  for (const char character : stem) name.push_back(is_kotlin_word(character) ? character : '_');
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0) name.insert(0, "_");
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name + "Kt";
}

}  // namespace

std::string kotlin_main_class(std::string_view source, std::string_view path) {
  const Head head(source);
  const std::string name = head.jvm_name().empty() ? file_class(path) : head.jvm_name();
  return head.package().empty() ? name : head.package() + "." + name;
}

}  // namespace evalx::language
