#pragma once
// Kotlin entry: the name of the class with a file's main. kotlinc makes one class of all top-level
// functions of a file.

#include <string>
#include <string_view>

namespace evalx::language {

/// `path`: only the file's name is used. Returns "MainKt" for Main.kt, "com.example.MainKt" with
/// its package, or the name in @file:JvmName("…").
std::string kotlin_main_class(std::string_view source, std::string_view path);

}  // namespace evalx::language
