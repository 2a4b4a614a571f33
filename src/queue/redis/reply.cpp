#include "queue/redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <charconv>

#include "base/assert.hpp"

namespace evalx::queue::redis {
namespace {

Reply converted(redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::Integer;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      reply.kind = from.type == REDIS_REPLY_ERROR ? Reply::Kind::Error : Reply::Kind::Text;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::List;
      reply.list.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) {
        reply.list.push_back(converted(*from.element[i]));
      }
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace

const Reply& Reply::at(std::size_t index) const {
  static const Reply nil;
  return index < list.size() ? list[index] : nil;
}

std::optional<std::uint64_t> Reply::number() const {
  if (kind == Kind::Integer && integer >= 0) return static_cast<std::uint64_t>(integer);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (kind != Kind::Text || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

std::string encode(const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> lengths;
  for (const std::string& word : command) {
    words.push_back(word.data());
    lengths.push_back(word.size());
  }
  char* text = nullptr;
  const int length =
      ::redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), lengths.data());
  EVALX_ASSERT(length >= 0);
  std::string encoded(text, static_cast<std::size_t>(length));
  ::redisFreeCommand(text);
  return encoded;
}

Decoder::Decoder() : reader_(::redisReaderCreate()) {
  EVALX_ASSERT(reader_ != nullptr);
}

Decoder::~Decoder() {
  ::redisReaderFree(reader_);
}

Result<> Decoder::feed(std::string_view bytes) {
  if (::redisReaderFeed(reader_, bytes.data(), bytes.size()) == REDIS_OK) return {};
  return fail(std::make_error_code(std::errc::protocol_error), "redis", reader_->errstr);
}

Result<std::optional<Reply>> Decoder::next() {
  void* object = nullptr;
  if (::redisReaderGetReply(reader_, &object) != REDIS_OK) {
    return fail(std::make_error_code(std::errc::protocol_error), "redis", reader_->errstr);
  }
  if (object == nullptr) return std::nullopt;
  const std::unique_ptr<redisReply, void (*)(void*)> owned{static_cast<redisReply*>(object),
                                                           ::freeReplyObject};
  return converted(*owned);
}

}  // namespace evalx::queue::redis
