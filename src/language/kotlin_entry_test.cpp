#include "language/kotlin_entry.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

TEST(KotlinEntry, HasTheNameOfTheFile) {
  EXPECT_EQ(kotlin_main_class("fun main() {}", "Main.kt"), "MainKt");
  EXPECT_EQ(kotlin_main_class("fun main() {}", "folder/my-program.kt"), "My_programKt");
  EXPECT_EQ(kotlin_main_class("fun main() {}", "1a.kt"), "_1aKt");
}

TEST(KotlinEntry, BeginsWithThePackage) {
  EXPECT_EQ(
      kotlin_main_class(
          "// package wrong\n/* a /* nested */ package wrong */ package com.example\nfun main() {}",
          "Main.kt"),
      "com.example.MainKt");
  EXPECT_EQ(kotlin_main_class("#!/usr/bin/env kotlin\npackage a.`in`.b; fun main() {}", "Main.kt"),
            "a.in.b.MainKt");
  EXPECT_EQ(kotlin_main_class("import a.b\nval s = \"package c\"", "Main.kt"), "MainKt");
}

TEST(KotlinEntry, FollowsJvmName) {
  EXPECT_EQ(kotlin_main_class("@file:JvmName(\"Tool\")\npackage a\nfun main() {}", "Main.kt"),
            "a.Tool");
  EXPECT_EQ(
      kotlin_main_class(
          "@file:Suppress(\"x\", \"y\")\n@file:kotlin.jvm.JvmName(\"Tool\")\npackage a", "Main.kt"),
      "a.Tool");
  EXPECT_EQ(kotlin_main_class("@file:[Foo JvmName(\"Tool\")] package a", "Main.kt"), "a.Tool");
  EXPECT_EQ(kotlin_main_class("@file:Foo package a", "Main.kt"), "a.MainKt");
}

TEST(KotlinEntry, SurvivesBrokenSources) {
  for (const char* source :
       {"", "/*", "@file:", "@file:JvmName(\"", "package", "package `", "#!", "package a."}) {
    kotlin_main_class(source, "Main.kt");
  }
}

}  // namespace
}  // namespace evalx::language
