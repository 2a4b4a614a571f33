#pragma once
// Kotlin entry: the class into which kotlinc compiles the top-level functions of a file, and so its
// main.

#include <string>
#include <string_view>

namespace evalx::language {

/// "MainKt" for Main.kt, "com.example.MainKt" with its package, or the name in @file:JvmName("…").
std::string kotlin_main_class(std::string_view source, std::string_view path);

}  // namespace evalx::language
