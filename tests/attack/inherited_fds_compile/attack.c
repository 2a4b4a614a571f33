#include "attack.h"

#if __has_include("/proc/self/fd/12")
#define FOUND_12
#endif
#if __has_include("/proc/self/fd/13")
#define FOUND_13
#endif
#if __has_include("/proc/self/fd/14")
#define FOUND_14
#endif
#if __has_include("/proc/self/fd/15")
#define FOUND_15
#endif
#if __has_include("/proc/self/fd/16")
#define FOUND_16
#endif
#if __has_include("/proc/self/fd/17")
#define FOUND_17
#endif
#if __has_include("/proc/self/fd/18")
#define FOUND_18
#endif
#if __has_include("/proc/self/fd/19")
#define FOUND_19
#endif
#if __has_include("/proc/self/fd/20")
#define FOUND_20
#endif
#if __has_include("/proc/self/fd/21")
#define FOUND_21
#endif
#if __has_include("/proc/self/fd/22")
#define FOUND_22
#endif
#if __has_include("/proc/self/fd/23")
#define FOUND_23
#endif
#if __has_include("/proc/self/fd/24")
#define FOUND_24
#endif
#if __has_include("/proc/self/fd/25")
#define FOUND_25
#endif
#if __has_include("/proc/self/fd/26")
#define FOUND_26
#endif
#if __has_include("/proc/self/fd/27")
#define FOUND_27
#endif
#if __has_include("/proc/self/fd/28")
#define FOUND_28
#endif
#if __has_include("/proc/self/fd/29")
#define FOUND_29
#endif
#if __has_include("/proc/self/fd/30")
#define FOUND_30
#endif
#if __has_include("/proc/self/fd/31")
#define FOUND_31
#endif
#if __has_include("/proc/self/fd/32")
#define FOUND_32
#endif
#if __has_include("/proc/self/fd/33")
#define FOUND_33
#endif
#if __has_include("/proc/self/fd/34")
#define FOUND_34
#endif
#if __has_include("/proc/self/fd/35")
#define FOUND_35
#endif
#if __has_include("/proc/self/fd/36")
#define FOUND_36
#endif
#if __has_include("/proc/self/fd/37")
#define FOUND_37
#endif
#if __has_include("/proc/self/fd/38")
#define FOUND_38
#endif
#if __has_include("/proc/self/fd/39")
#define FOUND_39
#endif
#if __has_include("/proc/self/fd/40")
#define FOUND_40
#endif
#if __has_include("/proc/self/fd/41")
#define FOUND_41
#endif
#if __has_include("/proc/self/fd/42")
#define FOUND_42
#endif
#if __has_include("/proc/self/fd/43")
#define FOUND_43
#endif
#if __has_include("/proc/self/fd/44")
#define FOUND_44
#endif
#if __has_include("/proc/self/fd/45")
#define FOUND_45
#endif
#if __has_include("/proc/self/fd/46")
#define FOUND_46
#endif
#if __has_include("/proc/self/fd/47")
#define FOUND_47
#endif
#if __has_include("/proc/self/fd/48")
#define FOUND_48
#endif
#if __has_include("/proc/self/fd/49")
#define FOUND_49
#endif
#if __has_include("/proc/self/fd/50")
#define FOUND_50
#endif
#if __has_include("/proc/self/fd/51")
#define FOUND_51
#endif
#if __has_include("/proc/self/fd/52")
#define FOUND_52
#endif
#if __has_include("/proc/self/fd/53")
#define FOUND_53
#endif
#if __has_include("/proc/self/fd/54")
#define FOUND_54
#endif
#if __has_include("/proc/self/fd/55")
#define FOUND_55
#endif
#if __has_include("/proc/self/fd/56")
#define FOUND_56
#endif
#if __has_include("/proc/self/fd/57")
#define FOUND_57
#endif
#if __has_include("/proc/self/fd/58")
#define FOUND_58
#endif
#if __has_include("/proc/self/fd/59")
#define FOUND_59
#endif
#if __has_include("/proc/self/fd/60")
#define FOUND_60
#endif
#if __has_include("/proc/self/fd/61")
#define FOUND_61
#endif
#if __has_include("/proc/self/fd/62")
#define FOUND_62
#endif
#if __has_include("/proc/self/fd/63")
#define FOUND_63
#endif

int main(void) {
#ifdef FOUND_12
  broken("the compiler has descriptor 12");
#endif
#ifdef FOUND_13
  broken("the compiler has descriptor 13");
#endif
#ifdef FOUND_14
  broken("the compiler has descriptor 14");
#endif
#ifdef FOUND_15
  broken("the compiler has descriptor 15");
#endif
#ifdef FOUND_16
  broken("the compiler has descriptor 16");
#endif
#ifdef FOUND_17
  broken("the compiler has descriptor 17");
#endif
#ifdef FOUND_18
  broken("the compiler has descriptor 18");
#endif
#ifdef FOUND_19
  broken("the compiler has descriptor 19");
#endif
#ifdef FOUND_20
  broken("the compiler has descriptor 20");
#endif
#ifdef FOUND_21
  broken("the compiler has descriptor 21");
#endif
#ifdef FOUND_22
  broken("the compiler has descriptor 22");
#endif
#ifdef FOUND_23
  broken("the compiler has descriptor 23");
#endif
#ifdef FOUND_24
  broken("the compiler has descriptor 24");
#endif
#ifdef FOUND_25
  broken("the compiler has descriptor 25");
#endif
#ifdef FOUND_26
  broken("the compiler has descriptor 26");
#endif
#ifdef FOUND_27
  broken("the compiler has descriptor 27");
#endif
#ifdef FOUND_28
  broken("the compiler has descriptor 28");
#endif
#ifdef FOUND_29
  broken("the compiler has descriptor 29");
#endif
#ifdef FOUND_30
  broken("the compiler has descriptor 30");
#endif
#ifdef FOUND_31
  broken("the compiler has descriptor 31");
#endif
#ifdef FOUND_32
  broken("the compiler has descriptor 32");
#endif
#ifdef FOUND_33
  broken("the compiler has descriptor 33");
#endif
#ifdef FOUND_34
  broken("the compiler has descriptor 34");
#endif
#ifdef FOUND_35
  broken("the compiler has descriptor 35");
#endif
#ifdef FOUND_36
  broken("the compiler has descriptor 36");
#endif
#ifdef FOUND_37
  broken("the compiler has descriptor 37");
#endif
#ifdef FOUND_38
  broken("the compiler has descriptor 38");
#endif
#ifdef FOUND_39
  broken("the compiler has descriptor 39");
#endif
#ifdef FOUND_40
  broken("the compiler has descriptor 40");
#endif
#ifdef FOUND_41
  broken("the compiler has descriptor 41");
#endif
#ifdef FOUND_42
  broken("the compiler has descriptor 42");
#endif
#ifdef FOUND_43
  broken("the compiler has descriptor 43");
#endif
#ifdef FOUND_44
  broken("the compiler has descriptor 44");
#endif
#ifdef FOUND_45
  broken("the compiler has descriptor 45");
#endif
#ifdef FOUND_46
  broken("the compiler has descriptor 46");
#endif
#ifdef FOUND_47
  broken("the compiler has descriptor 47");
#endif
#ifdef FOUND_48
  broken("the compiler has descriptor 48");
#endif
#ifdef FOUND_49
  broken("the compiler has descriptor 49");
#endif
#ifdef FOUND_50
  broken("the compiler has descriptor 50");
#endif
#ifdef FOUND_51
  broken("the compiler has descriptor 51");
#endif
#ifdef FOUND_52
  broken("the compiler has descriptor 52");
#endif
#ifdef FOUND_53
  broken("the compiler has descriptor 53");
#endif
#ifdef FOUND_54
  broken("the compiler has descriptor 54");
#endif
#ifdef FOUND_55
  broken("the compiler has descriptor 55");
#endif
#ifdef FOUND_56
  broken("the compiler has descriptor 56");
#endif
#ifdef FOUND_57
  broken("the compiler has descriptor 57");
#endif
#ifdef FOUND_58
  broken("the compiler has descriptor 58");
#endif
#ifdef FOUND_59
  broken("the compiler has descriptor 59");
#endif
#ifdef FOUND_60
  broken("the compiler has descriptor 60");
#endif
#ifdef FOUND_61
  broken("the compiler has descriptor 61");
#endif
#ifdef FOUND_62
  broken("the compiler has descriptor 62");
#endif
#ifdef FOUND_63
  broken("the compiler has descriptor 63");
#endif
  return held();
}
