#include "language/java_entry.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "language/java_lexer.hpp"

namespace evalx::language {
namespace {

struct Type {
  std::string name;  ///< Binary: "Outer$Inner".
  bool top_level = false;
  bool is_public = false;
  bool has_main = false;
};

/// An open bracket: it begins the body of a type, or something else (a method, an array).
struct Scope {
  std::optional<std::size_t> type;
};

/// Reads the tokens once. Keeps the open brackets, and the place where the current member or
/// declaration begins.
class Finder {
 public:
  explicit Finder(std::string_view source) : tokens_(lex_java(source)) {}

  void run() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const JavaToken& token = tokens_[at_];
      if (token.is("{")) {
        open_brace();
      } else if (token.is("(") || token.is("[")) {
        scopes_.push_back({});
      } else if (token.is("}") || token.is(")") || token.is("]")) {
        close(token.is("}"));
      } else if (token.is(";")) {
        if (scopes_.empty()) take_package();
        if (in_type_or_file()) declared_.reset();
        start_ = at_ + 1;
      } else if (in_type_or_file() && !declared_) {
        take_declaration();
      }
    }
  }

  [[nodiscard]] JavaEntry entry() const {
    JavaEntry entry;
    entry.package = package_;
    for (const Type& type : types_) {
      if (type.top_level && type.is_public && entry.public_type.empty())
        entry.public_type = type.name;
    }
    const Type* best = nullptr;
    for (const Type& type : types_) {
      if (best == nullptr || rank(type) > rank(*best)) best = &type;
    }
    if (best != nullptr) entry.main_type = best->name;
    return entry;
  }

 private:
  static int rank(const Type& type) {
    return (type.has_main ? 4 : 0) + (type.top_level ? 2 : 0) +
           (type.top_level && type.is_public ? 1 : 0);
  }

  [[nodiscard]] bool in_type_or_file() const {
    return scopes_.empty() || scopes_.back().type.has_value();
  }
  [[nodiscard]] const JavaToken* peek(std::size_t distance) const {
    return at_ + distance < tokens_.size() ? &tokens_[at_ + distance] : nullptr;
  }

  void take_package() {
    std::size_t at = start_;
    while (at < at_ && !tokens_[at].is("package")) ++at;  // After annotations.
    if (at == at_ || !types_.empty()) return;
    std::string name;
    for (++at; at < at_; ++at) name.append(tokens_[at].text);
    package_ = std::move(name);
  }

  /// `class X`, `interface X`, `enum X`, `record X(`: the next brace opens its body.
  void take_declaration() {
    const JavaToken& token = tokens_[at_];
    const JavaToken* name = peek(1);
    if (name == nullptr || name->kind != JavaTokenKind::Word) return;
    const bool after_dot = at_ > 0 && tokens_[at_ - 1].is(".");  // Main.class
    const JavaToken* next = peek(2);
    const bool record = token.is("record") && next != nullptr && (next->is("(") || next->is("<"));
    if (after_dot || !(token.is("class") || token.is("interface") || token.is("enum") || record))
      return;
    Type type;
    type.top_level = scopes_.empty();
    if (!type.top_level) type.name = types_[*scopes_.back().type].name + "$";
    type.name.append(name->text);
    type.is_public =
        std::any_of(since_start(), here(), [](const JavaToken& one) { return one.is("public"); });
    types_.push_back(std::move(type));
    declared_ = types_.size() - 1;
  }

  void open_brace() {
    if (in_type_or_file()) {
      if (!declared_ && !scopes_.empty() && is_main_header())
        types_[*scopes_.back().type].has_main = true;
      scopes_.push_back({std::exchange(declared_, std::nullopt)});
    } else {
      scopes_.push_back({});
    }
    if (scopes_.back().type) start_ = at_ + 1;
  }

  void close(bool brace) {
    if (!scopes_.empty()) scopes_.pop_back();
    if (brace && in_type_or_file()) start_ = at_ + 1;
  }

  /// Whether "static void main(String…", with any other modifiers, is before the brace of a method.
  [[nodiscard]] bool is_main_header() const {
    const auto has = [&](std::string_view word) {
      return std::any_of(since_start(), here(), [&](const JavaToken& one) { return one.is(word); });
    };
    if (!has("static") || !has("String")) return false;
    for (auto token = since_start(); token + 2 < here(); ++token) {
      if (token[0].is("void") && token[1].is("main") && token[2].is("(")) return true;
    }
    return false;
  }

  using Position = std::vector<JavaToken>::const_iterator;
  [[nodiscard]] Position since_start() const {
    return tokens_.begin() + static_cast<std::ptrdiff_t>(start_);
  }
  [[nodiscard]] Position here() const { return tokens_.begin() + static_cast<std::ptrdiff_t>(at_); }

  std::vector<JavaToken> tokens_;
  std::vector<Scope> scopes_;
  std::vector<Type> types_;
  std::optional<std::size_t> declared_;  ///< A declared type; its body has not begun.
  std::string package_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
};

}  // namespace

JavaEntry find_java_entry(std::string_view source) {
  const std::string text = without_unicode_escapes(source);
  Finder finder(text);
  finder.run();
  return finder.entry();
}

}  // namespace evalx::language
