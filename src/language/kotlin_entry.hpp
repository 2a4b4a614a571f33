#pragma once
// Kotlin entry: the class that the functions at a file's top level, and so its main, are compiled
// into.

#include <string>
#include <string_view>

namespace evalx::language {

/// "MainKt" of Main.kt, "com.example.MainKt" with its package, or what @file:JvmName("…") says.
std::string kotlin_main_class(std::string_view source, std::string_view path);

}  // namespace evalx::language
