#include "terminal/human_units.hpp"

#include <gtest/gtest.h>

namespace evalx::terminal {
namespace {

TEST(HumanUnits, ReadTimes) {
  EXPECT_EQ(parse_duration("500us"), Microseconds{500});
  EXPECT_EQ(parse_duration("20ms"), Microseconds{20'000});
  EXPECT_EQ(parse_duration("2s"), Microseconds{2'000'000});
  EXPECT_EQ(parse_duration("1.5s"), Microseconds{1'500'000});
  EXPECT_EQ(parse_duration("0.000001s"), Microseconds{1});
  EXPECT_EQ(parse_duration("2m"), Microseconds{120'000'000});
  EXPECT_EQ(parse_duration("1h"), Microseconds{3'600'000'000});
  EXPECT_EQ(parse_duration("5"), Microseconds{5'000'000});
  EXPECT_EQ(parse_duration("0.5"), Microseconds{500'000});
}

TEST(HumanUnits, ReadSizes) {
  EXPECT_EQ(parse_size("100B"), Bytes{100});
  EXPECT_EQ(parse_size("64K"), kibibytes(64));
  EXPECT_EQ(parse_size("256M"), mebibytes(256));
  EXPECT_EQ(parse_size("256MiB"), mebibytes(256));
  EXPECT_EQ(parse_size("64m"), mebibytes(64));
  EXPECT_EQ(parse_size("64kib"), kibibytes(64));
  EXPECT_EQ(parse_size("0"), Bytes{0});
  EXPECT_EQ(parse_size("1.5G"), mebibytes(1536));
  EXPECT_EQ(parse_size("0.25K"), Bytes{256});
  EXPECT_EQ(parse_size("0.5M"), kibibytes(512));
}

TEST(HumanUnits, RefuseAmbiguousTimes) {
  for (const char* text :
       {"", "s", "2 s", " 2s", "2s ", "-2s", "+2s", "2S", "2sec", "1e3s", "1.s", ".5s", "1.2.3s",
        "2ms3", "0.0000001s", "99999999999999999999s", "9999999999h"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(HumanUnits, RefuseAmbiguousSizes) {
  for (const char* text : {"", "256", "256MB", "256mB2", "M", "0.0", "256 M", "-1M", "0x10M", "1.M",
                           "99999999999999999999B", "9999999999T"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(HumanUnits, WriteValuesThatCanBeParsedAgain) {
  for (const char* text : {"2s", "1500ms", "1h", "90s", "1us"})
    EXPECT_EQ(write_duration(*parse_duration(text)), text);
  for (const char* text : {"256M", "1G", "1536M", "64K", "7B", "0B"})
    EXPECT_EQ(write_size(*parse_size(text)), text);
}

TEST(HumanUnits, ShowTimesWithFewDigits) {
  EXPECT_EQ(show_duration(Microseconds{0}), "0.0 ms");
  EXPECT_EQ(show_duration(Microseconds{940}), "0.9 ms");
  EXPECT_EQ(show_duration(Microseconds{9'949}), "9.9 ms");
  EXPECT_EQ(show_duration(Microseconds{9'951}), "10 ms");
  EXPECT_EQ(show_duration(Microseconds{999'499}), "999 ms");
  EXPECT_EQ(show_duration(Microseconds{999'500}), "1.00 s");
  EXPECT_EQ(show_duration(Microseconds{2'004'000}), "2.00 s");
  EXPECT_EQ(show_duration(Microseconds{59'994'999}), "59.99 s");
  EXPECT_EQ(show_duration(Microseconds{59'995'000}), "1 min 00 s");
  EXPECT_EQ(show_duration(Microseconds{60'000'000}), "1 min 00 s");
  EXPECT_EQ(show_duration(Microseconds{119'499'999}), "1 min 59 s");
  EXPECT_EQ(show_duration(Microseconds{119'500'000}), "2 min 00 s");
  EXPECT_EQ(show_duration(Microseconds{185'000'000}), "3 min 05 s");
}

TEST(HumanUnits, ShowSizesWithFewDigits) {
  EXPECT_EQ(show_size(Bytes{0}), "0 B");
  EXPECT_EQ(show_size(Bytes{812}), "812 B");
  EXPECT_EQ(show_size(kibibytes(1)), "1.0 KiB");
  EXPECT_EQ(show_size(Bytes{3'565'158}), "3.4 MiB");
  EXPECT_EQ(show_size(mebibytes(256)), "256 MiB");
  EXPECT_EQ(show_size(mebibytes(1024) - Bytes{1}), "1.0 GiB");
  EXPECT_EQ(show_size(mebibytes(1536)), "1.5 GiB");
}

TEST(HumanUnits, ShowNothingForWhatWasNotMeasured) {
  EXPECT_EQ(show_measured(Bytes{0}), "");
  EXPECT_EQ(show_measured(mebibytes(2)), "2.0 MiB");
}

}  // namespace
}  // namespace evalx::terminal
