#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace evalx {
namespace {

TEST(Digest, IsTheSha256OfItsBytes) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, DependsOnWhereAPartEnds) {
  EXPECT_NE(DigestBuilder{}.part("ab").part("c").finish(),
            DigestBuilder{}.part("a").part("bc").finish());
}

}  // namespace
}  // namespace evalx
