#include "sandbox/native/protocol.hpp"

#include <sys/stat.h>

#include <array>
#include <cstring>

#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "kernel/seqpacket.hpp"

namespace evalx::sandbox::native {
namespace {

/// Encoding and decoding use the same list of fields: visit_fields(message, f).
template <class M, class F>
void visit_fields(M& m, F&& f) {
  using T = std::remove_const_t<M>;
  if constexpr (std::is_same_v<T, Configure>) {
    f(m.uid_base), f(m.pin_cpus), f(m.allow_weak), f(m.root_paths);
  } else if constexpr (std::is_same_v<T, Ready>) {
    f(m.weaknesses);
  } else if constexpr (std::is_same_v<T, Weakness>) {
    f(m.mechanism), f(m.lost), f(m.fix), f(m.required);
  } else if constexpr (std::is_same_v<T, MakeSlot>) {
    f(m.profile);
  } else if constexpr (std::is_same_v<T, SlotMade> || std::is_same_v<T, EndSlot>) {
    f(m.serial);
  } else if constexpr (std::is_same_v<T, Failed>) {
    f(m.step), f(m.error);
  } else if constexpr (std::is_same_v<T, Run>) {
    f(m.fresh), f(m.has_files), f(m.has_stdio), f(m.has_stdin_file), f(m.own_proc);
    f(m.limits), f(m.box_bytes), f(m.take_bytes), f(m.box_inodes);
    f(m.stdin_bytes), f(m.take), f(m.argv), f(m.environment);
  } else if constexpr (std::is_same_v<T, Ran>) {
    f(m.cause), f(m.exit_code), f(m.signal), f(m.start_error);
    f(m.cpu_user_us), f(m.cpu_system_us), f(m.wall_us), f(m.memory_peak_bytes), f(m.out_total),
        f(m.err_total), f(m.process_limit_hit);
    f(m.box_clean), f(m.slot_spent), f(m.dying), f(m.has_out_file), f(m.has_err_file),
        f(m.has_taken);
    f(m.out), f(m.err), f(m.take_problem), f(m.disturbance);
  }
}

class Writer {
 public:
  void operator()(bool value) { (*this)(static_cast<std::uint8_t>(value ? 1 : 0)); }
  template <class T>
  requires std::is_integral_v<T>
  void operator()(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT: bytes of a number
  }
  void operator()(const std::string& value) {
    (*this)(static_cast<std::uint32_t>(value.size()));
    text_ += value;
  }
  void operator()(const std::vector<std::string>& list) {
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const std::string& value : list) (*this)(value);
  }
  void operator()(const std::vector<Weakness>& list) {
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const Weakness& value : list) visit_fields(value, *this);
  }
  void operator()(const submission::Limits& limits) {
    for (const submission::LimitField& field : submission::limit_fields()) {
      const auto value = field.get(limits);
      (*this)(value.has_value());
      (*this)(value.value_or(0));
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  void operator()(bool& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte > 1) return refuse();
    value = byte != 0;
  }
  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    if (rest_.size() < sizeof value) return refuse();
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
  }
  void operator()(std::string& value) {
    std::uint32_t size = 0;
    (*this)(size);
    if (size > rest_.size()) return refuse();
    value.assign(reinterpret_cast<const char*>(rest_.data()), size);  // NOLINT: bytes are bytes
    rest_ = rest_.subspan(size);
  }
  void operator()(std::vector<std::string>& list) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > kMaxStrings) return refuse();
    for (std::uint32_t i = 0; i < count && good_; ++i) (*this)(list.emplace_back());
  }
  void operator()(std::vector<Weakness>& list) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > kMaxWeaknesses) return refuse();
    for (std::uint32_t i = 0; i < count && good_; ++i) visit_fields(list.emplace_back(), *this);
  }
  void operator()(submission::Limits& limits) {
    for (const submission::LimitField& field : submission::limit_fields()) {
      bool has_value = false;
      std::uint64_t value = 0;
      (*this)(has_value);
      (*this)(value);
      if (has_value) field.set(limits, value);
      // A limit that cannot be absent, or a number that the limit cannot hold.
      const auto kept = field.get(limits);
      if (kept.has_value() != has_value || kept.value_or(0) != value) return refuse();
    }
  }
  [[nodiscard]] bool good_and_done() const { return good_ && rest_.empty(); }

 private:
  void refuse() {
    good_ = false;
    rest_ = {};
  }
  std::span<const std::byte> rest_;
  bool good_ = true;
};

/// Sent instead of a message's kind: the first descriptor is a file with the message.
constexpr std::uint32_t kInFile = 0xFFFFFFFF;

auto malformed(std::string_view why) {
  return fail(std::make_error_code(std::errc::bad_message), "receive:", why);
}

bool is_in_file(std::span<const std::byte> packet) {
  return packet.size() == sizeof kInFile &&
         std::memcmp(packet.data(), &kInFile, sizeof kInFile) == 0;
}

/// Takes the file from the descriptors and reads it once, so later changes have no effect.
Result<std::span<const std::byte>> read_from_file(std::vector<kernel::Fd>& fds,
                                                  std::span<std::byte> buffer) {
  if (fds.empty()) return malformed("a message in a file without the file");
  const kernel::Fd file = std::move(fds.front());
  fds.erase(fds.begin());
  struct stat status {};
  if (::fstat(file.get(), &status) < 0 || !S_ISREG(status.st_mode))
    return malformed("a message in something that is no regular file");
  if (static_cast<std::uint64_t>(status.st_size) > buffer.size())
    return malformed("the message is too long");
  const auto size = static_cast<std::size_t>(status.st_size);
  EVALX_TRY_VOID(kernel::read_at(file.get(), 0, buffer.first(size)));
  return buffer.first(size);
}

template <std::size_t I = 0>
Result<Message> decode_as(std::uint32_t kind, Reader reader) {
  if constexpr (I == std::variant_size_v<Message>) {
    return fail(std::make_error_code(std::errc::bad_message), "decode: unknown message");
  } else {
    if (kind != I) return decode_as<I + 1>(kind, reader);
    std::variant_alternative_t<I, Message> message;
    visit_fields(message, reader);
    if (!reader.good_and_done())
      return fail(std::make_error_code(std::errc::bad_message), "decode: malformed message");
    return Message{std::move(message)};
  }
}

}  // namespace

std::string encode(const Message& message) {
  Writer writer;
  writer(static_cast<std::uint32_t>(message.index()));
  std::visit([&](const auto& m) { visit_fields(m, writer); }, message);
  return writer.take();
}

Result<Message> decode(std::span<const std::byte> bytes) {
  std::uint32_t kind = 0;
  if (bytes.size() < sizeof kind)
    return fail(std::make_error_code(std::errc::bad_message), "decode: short message");
  std::memcpy(&kind, bytes.data(), sizeof kind);
  return decode_as(kind, Reader{bytes.subspan(sizeof kind)});
}

Result<> send(int socket, const Message& message, std::span<const int> fds, std::uint64_t key,
              int flags) {
  const std::string bytes = encode(message);
  if (bytes.size() > kMaxMessageBytes)
    return fail(std::make_error_code(std::errc::message_size), "send: message too large");
  if (bytes.size() <= kMaxPacketBytes) {
    const std::array parts{std::as_bytes(std::span{bytes})};
    auto sent = kernel::send_message(socket, parts, fds, key, flags);
    // EMSGSIZE: the default of this machine is even smaller.
    if (sent || sent.error().code != std::errc::message_size) return sent;
  }
  EVALX_TRY(const kernel::Fd file, kernel::make_memory_file("message"));
  EVALX_TRY_VOID(kernel::write_all(file.get(), bytes));
  std::vector<int> all{file.get()};
  all.insert(all.end(), fds.begin(), fds.end());
  const std::array parts{std::as_bytes(std::span{&kInFile, 1})};
  return kernel::send_message(socket, parts, all, key, flags);
}

std::size_t descriptors_of(const Message& message) {
  if (std::holds_alternative<SlotMade>(message)) return 1;
  if (const auto* run = std::get_if<Run>(&message)) {
    const std::size_t stdio = run->has_stdio ? 3 : run->has_stdin_file ? 1 : 0;
    return stdio + (run->has_files ? 1 : 0);
  }
  if (const auto* ran = std::get_if<Ran>(&message))
    return std::size_t{ran->has_out_file} + ran->has_err_file + ran->has_taken;
  return 0;
}

Result<Incoming> receive(int socket, std::span<std::byte> buffer, int flags, std::uint64_t key) {
  EVALX_TRY(kernel::Received received, kernel::receive_message(socket, buffer, flags, key));
  if (received.size == 0)
    return fail(std::make_error_code(std::errc::connection_reset), "receive: the peer is gone");
  std::span<const std::byte> bytes = buffer.first(received.size);
  if (is_in_file(bytes)) {
    EVALX_TRY(bytes, read_from_file(received.fds, buffer));
  }
  EVALX_TRY(Message message, decode(bytes));
  if (received.fds.size() != descriptors_of(message))
    return malformed("the number of descriptors differs from the message");
  return Incoming{std::move(message), std::move(received.fds)};
}

}  // namespace evalx::sandbox::native
