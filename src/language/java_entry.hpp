#pragma once
// Java entry: the package, the public type and the main class of a Java source file.

#include <string>
#include <string_view>

namespace evalx::language {

struct JavaEntry {
  std::string package;      ///< "com.example", or empty.
  std::string public_type;  ///< The file must have this name; empty if no type is public.
  /// Binary name without the package: "Main" or "Outer$Inner". If types declare
  /// `static void main(String…)`: the public one of them, otherwise the first at top level,
  /// otherwise the first nested one. If none does: the public type, otherwise the first type,
  /// because it may inherit its main. Empty if the file declares no type.
  std::string main_type;

  /// The name for the command `java`: "com.example.Main".
  [[nodiscard]] std::string main_class() const {
    return package.empty() ? main_type : package + "." + main_type;
  }
};

/// Never fails: in a file that javac would refuse, it finds as much as possible.
JavaEntry find_java_entry(std::string_view source);

}  // namespace evalx::language
