#pragma once
// Reply: a reply of Redis, and the codec of its protocol, which is hiredis'.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct redisReader;

namespace evalx::queue::redis {

struct Reply {
  enum class Kind { Nil, Integer, Text, Error, List };

  Kind kind = Kind::Nil;
  std::int64_t integer = 0;
  std::string text;  ///< For Text and Error.
  std::vector<Reply> list;

  /// An element, or a Nil if there is none: data written by hand must not crash evalX.
  [[nodiscard]] const Reply& at(std::size_t index) const;
  /// For a Text or an Integer; nullopt if it is not an unsigned number.
  [[nodiscard]] std::optional<std::uint64_t> number() const;
};

std::string encode(const std::vector<std::string>& command);

/// Bytes in, replies out.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Errors: protocol_error; nothing can be read after it.
  Result<> feed(std::string_view bytes);
  /// The next complete reply, if there is one.
  Result<std::optional<Reply>> next();

 private:
  redisReader* reader_;
};

}  // namespace evalx::queue::redis
