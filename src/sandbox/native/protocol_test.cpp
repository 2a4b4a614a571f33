#include "sandbox/native/protocol.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <random>

#include "kernel/memory_file.hpp"
#include "kernel/seqpacket.hpp"

namespace evalx::sandbox::native {
namespace {

Result<Message> decode_text(const std::string& text) {
  return decode(std::as_bytes(std::span{text}));
}

TEST(Protocol, GivesBackARunWithAllItsFields) {
  native::Run run;
  run.fresh = true;
  for (const auto& field : submission::limit_fields()) field.set(run.limits, field.most);
  run.stdin_bytes = std::string("\0\n", 2);
  run.argv = {"/box/main", ""};
  run.environment = {"A=b"};
  const auto decoded = decode_text(encode(run));
  ASSERT_TRUE(decoded) << decoded.error().what;
  const native::Run& back = std::get<native::Run>(*decoded);
  EXPECT_TRUE(back.fresh);
  EXPECT_EQ(back.limits, run.limits);
  EXPECT_EQ(back.stdin_bytes, run.stdin_bytes);
  EXPECT_EQ(back.argv, run.argv);
  EXPECT_EQ(back.environment, run.environment);
}

TEST(Protocol, GivesBackWeaknesses) {
  const Ready ready{{{"A", "a", "get A"}, {"B", "b", "get B", false}}};
  const auto decoded = decode_text(encode(ready));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(std::get<Ready>(*decoded).weaknesses, ready.weaknesses);
  EXPECT_FALSE(decode_text(encode(Ready{std::vector<Weakness>(kMaxWeaknesses + 1)})));
}

TEST(Protocol, RefusesTruncatedAndExtendedMessages) {
  Ran ran;
  ran.out = "hello";
  ran.take_problem = "none";
  const std::string whole = encode(ran);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_text(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_text(whole + "x"));
}

TEST(Protocol, RefusesALimitThatMustNotBeAbsentOrIsTooLarge) {
  constexpr std::uint64_t kUnusual = 0x1234'5678;
  native::Run run;
  run.limits.processes = kUnusual;
  std::string text = encode(run);
  const std::string bytes{"\x78\x56\x34\x12\0\0\0\0", 8};
  const auto at = text.find(bytes);
  ASSERT_NE(at, std::string::npos);
  ASSERT_EQ(text.find(bytes, at + 1), std::string::npos);
  ASSERT_TRUE(decode_text(text));
  text[at - 1] = 0;  // Says that the limit is absent.
  EXPECT_FALSE(decode_text(text));
  text[at - 1] = 1;
  text[at + 4] = 1;  // Beyond 32 bits.
  EXPECT_FALSE(decode_text(text));
}

TEST(Protocol, RefusesUnknownKindsAndLongLists) {
  EXPECT_FALSE(decode_text(std::string(4, '\x7f')));
  Configure configure;
  configure.root_paths.resize(kMaxStrings + 1);
  EXPECT_FALSE(decode_text(encode(configure)));
}

TEST(Protocol, RefusesAFlagThatIsNeitherTrueNorFalse) {
  Ran ran;
  std::string bytes = encode(ran);
  const std::size_t flags = bytes.size() - 4 * sizeof(std::uint32_t) - 7;
  bytes[flags] = '\2';
  EXPECT_FALSE(decode_text(bytes));
  bytes[flags] = '\1';
  ASSERT_TRUE(decode_text(bytes));
  EXPECT_TRUE(std::get<Ran>(*decode_text(bytes)).process_limit_hit);
}

/// Two ends of a socket, and a pipe with a write end to send.
class ProtocolSocket : public testing::Test {
 protected:
  ProtocolSocket() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read_ = kernel::Fd{ends[0]};
    write_ = kernel::Fd{ends[1]};
  }
  Result<Incoming> receive() { return native::receive(sockets_.second.get(), buffer_, 0); }
  /// Sends the bytes, with `fds` copies of the write end.
  void send_raw(std::string_view bytes, std::size_t fds) {
    const std::array parts{std::as_bytes(std::span{bytes})};
    const std::vector<int> list(fds, write_.get());
    ASSERT_TRUE(kernel::send_message(sockets_.first.get(), parts, list));
  }
  /// Whether no received copy of the write end is open.
  bool no_copy_is_open() {
    write_ = {};
    char byte = 0;
    return ::read(read_.get(), &byte, 1) == 0;
  }

  std::pair<kernel::Fd, kernel::Fd> sockets_ = kernel::seqpacket_pair().value();
  kernel::Fd read_, write_;
  MessageBuffer buffer_;
};

TEST_F(ProtocolSocket, TakesAMessageThatIsLongerThanAPacket) {
  native::Run run;
  run.has_files = true;
  run.argv.assign(160, std::string(4096, 'x'));
  const std::array fds{write_.get()};
  ASSERT_TRUE(send(sockets_.first.get(), run, fds));
  const auto incoming = receive();
  ASSERT_TRUE(incoming) << incoming.error().what;
  EXPECT_EQ(std::get<native::Run>(incoming->message).argv, run.argv);
  EXPECT_EQ(incoming->fds.size(), 1U);
}

TEST_F(ProtocolSocket, RefusesAnotherNumberOfDescriptorsThanTheMessageNeeds) {
  native::Run run;
  run.has_stdio = true;
  for (const auto& [message, fds] : {std::pair<Message, std::size_t>{Kill{}, 1},
                                     {MakeSlot{}, 8},
                                     {SlotMade{}, 0},
                                     {SlotMade{}, 2},
                                     {run, 2},
                                     {run, 4},
                                     {native::Run{}, 1},
                                     {Ready{}, 1}}) {
    send_raw(encode(message), fds);
    const auto incoming = receive();
    ASSERT_FALSE(incoming) << message.index() << " with " << fds;
    EXPECT_EQ(incoming.error().code, std::errc::bad_message);
  }
  EXPECT_TRUE(no_copy_is_open());
}

TEST_F(ProtocolSocket, RefusesAMissingOrTooLongMessageFile) {
  constexpr std::string_view kInFile = "\xff\xff\xff\xff";
  send_raw(kInFile, 0);
  EXPECT_FALSE(receive());
  send_raw(kInFile, 1);
  EXPECT_FALSE(receive());
  const kernel::Fd empty = kernel::make_memory_file("message").value();
  const kernel::Fd too_long =
      kernel::sealed_file("message", std::string(kMaxMessageBytes + 1, '\0')).value();
  const kernel::Fd good = kernel::sealed_file("message", encode(Kill{})).value();
  const std::array parts{std::as_bytes(std::span{kInFile})};
  for (const kernel::Fd* file : {&empty, &too_long, &good}) {
    const std::array fds{file->get()};
    ASSERT_TRUE(kernel::send_message(sockets_.first.get(), parts, fds));
    EXPECT_EQ(receive().has_value(), file == &good);
  }
  EXPECT_TRUE(no_copy_is_open());
}

TEST(Protocol, SurvivesRandomBytes) {
  std::mt19937 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 96, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() >= 4)
      bytes[0] = static_cast<char>(random() % 10), bytes[1] = bytes[2] = bytes[3] = 0;
    static_cast<void>(decode_text(bytes).has_value());
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
