#pragma once
// Java entry: the package, the public type and the main class of a Java source file.

#include <string>
#include <string_view>

namespace evalx::language {

struct JavaEntry {
  std::string package;      ///< "com.example", or empty.
  std::string public_type;  ///< Whose name the file must have, or empty.
  /// Binary name without the package, "Main" or "Outer$Inner": the first type that declares
  /// `static void main(String…)`, top-level types first; else the public type, else the first one
  /// (which may inherit its main). Empty if the file declares no type.
  std::string main_type;

  /// As `java` wants it: "com.example.Main".
  [[nodiscard]] std::string main_class() const {
    return package.empty() ? main_type : package + "." + main_type;
  }
};

/// Never fails: of a file that javac would refuse, it finds what it can.
JavaEntry find_java_entry(std::string_view source);

}  // namespace evalx::language
