#include "language/java_entry.hpp"

#include <gtest/gtest.h>

namespace evalx::language {
namespace {

std::string main_class(std::string_view source) {
  return find_java_entry(source).main_class();
}

TEST(JavaEntry, FindsThePublicClassWithItsPackage) {
  const JavaEntry entry = find_java_entry(R"(package com.example . app;
    import java.util.*;
    public class Solution { public static void main(String[] args) {} })");
  EXPECT_EQ(entry.package, "com.example.app");
  EXPECT_EQ(entry.public_type, "Solution");
  EXPECT_EQ(entry.main_class(), "com.example.app.Solution");
}

TEST(JavaEntry, PrefersTheTypeThatDeclaresMain) {
  EXPECT_EQ(main_class("public class A { } class B { public static void main(String... a) throws "
                       "Exception { } }"),
            "B");
  EXPECT_EQ(main_class("class A { void main() {} static void main(int[] x) {} String s; } class B "
                       "{ static public final void main(final String a[]) {} }"),
            "B");
}

TEST(JavaEntry, PrefersThePublicTypeOfTwoWithMain) {
  EXPECT_EQ(main_class("class A { public static void main(String[] a) {} } public class B { public "
                       "static void main(String[] a) {} }"),
            "B");
}

TEST(JavaEntry, FallsBackToThePublicTypeThenToTheFirst) {
  EXPECT_EQ(main_class("class A { } public class B extends A { }"), "B");
  EXPECT_EQ(main_class("class A extends Base { } class B { }"), "A");
  EXPECT_EQ(main_class("int x = 3;"), "");
}

TEST(JavaEntry, IgnoresCommentsStringsCharactersAndTextBlocks) {
  EXPECT_EQ(main_class(R"(
    // public class Line { public static void main(String[] a) {} }
    /* package wrong; public class Block { } */
    class Right {
      String s = "class Quoted { \" }"; char c = '{'; char d = '\''; char e = '"';
      String t = """
          public class Text { " "" \""" public static void main(String[] a) { }
          """;
      public static void main(String[] args) { System.out.println("}"); }
    }
    class Later { })"),
            "Right");
}

TEST(JavaEntry, KnowsClassLiteralsGenericsAndAnnotations) {
  EXPECT_EQ(main_class(R"(
    @interface Info { String[] value() default {}; }
    @Info({"a", "b"}) class Box<T extends Comparable<T>> { Object o = Box.class; Object main = new Object() { }; }
    class Runner {
      static int[][] table = {{1}, {2}};
      Runnable r = () -> { class Local { public static void main(String[] a) {} } };
      @Info({"x"}) @Deprecated public static synchronized void main(String[] args) { }
    })"),
            "Runner");
}

TEST(JavaEntry, KnowsInterfacesEnumsAndRecords) {
  EXPECT_EQ(main_class("interface I { static void main(String[] a) { } }"), "I");
  EXPECT_EQ(main_class("enum E { A { void f() {} }, B; public static void main(String[] a) {} }"),
            "E");
  EXPECT_EQ(main_class("record P<T>(int a, T b) { public static void main(String[] a) {} }"), "P");
  EXPECT_EQ(main_class("class A { int record; void record(int x) { } } class B { static void "
                       "main(String[] a) {} }"),
            "B");
}

TEST(JavaEntry, RunsANestedClassOnlyIfNoOtherHasMain) {
  EXPECT_EQ(
      main_class("class Outer { static class Inner { public static void main(String[] a) {} } }"),
      "Outer$Inner");
  EXPECT_EQ(
      main_class("class Outer { static class Inner { public static void main(String[] a) {} } "
                 "public static void main(String[] a) {} }"),
      "Outer");
}

TEST(JavaEntry, TranslatesUnicodeEscapes) {
  EXPECT_EQ(main_class("class \\u0041b { String s = \"\\\\u0022 class X { \"; public static "
                       "\\uuu0076oid main(String[] a) {} }"),
            "Ab");
  EXPECT_EQ(main_class("class \\u00c9t\\u00e9 { public static void main(String[] a) {} }"), "Été");
}

TEST(JavaEntry, FindsAnAnnotatedPackage) {
  EXPECT_EQ(find_java_entry("@Deprecated package a.b; class C {}").package, "a.b");
}

TEST(JavaEntry, SurvivesBrokenSources) {
  for (const char* source :
       {"", "class", "class {", "}}}}))", "class A { \"", "/*", "'", "\"\"\"", "\\u00", "\\",
        "class A { public static void main(String", "package", "package ;", "class A; class B {"}) {
    find_java_entry(source);
  }
  EXPECT_EQ(main_class("class A { public static void main(String[] a) { "), "A");
  EXPECT_EQ(main_class(std::string(100'000, '{') + "class A {}"), "");
}

}  // namespace
}  // namespace evalx::language
